"""Waiting for the database."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from waystation.interfaces.dialects.wlcg_tape import patience
from waystation.kernel.errors import NotFoundError, UnavailableError

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """In a thread of its own: a browser test before may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


class Away:
    """Does not answer so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked = 0

    async def look(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise UnavailableError("away")
        return "here"


def test_a_short_absence_is_not_told():
    assert run(patience.patient(Away(2).look)) == "here"


def test_a_long_one_is(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_S", 0.6)
    away = Away(1_000)
    with pytest.raises(UnavailableError):
        run(patience.patient(away.look))
    assert 2 <= away.asked <= 4


def test_other_refusals_are_told_at_once():
    async def look() -> str:
        raise NotFoundError("none")

    with pytest.raises(NotFoundError):
        run(patience.patient(look))
