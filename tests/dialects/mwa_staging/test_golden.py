"""Conversations byte for byte. `<now>` is the moment at which the first call was made."""

import json
from pathlib import Path

import pytest

from controllers.receivers import receiver

GOLDEN = Path(__file__).parent / "golden"
CALLS = json.loads((GOLDEN / "calls.json").read_text())
CALLBACKS = json.loads((GOLDEN / "callbacks.json").read_text())


def test_calls(wire):
    assert CALLS["source"]
    wire.put(*CALLS["on tape"])
    now = str(int(wire.world.clock.now().timestamp()))
    for exchange in CALLS["exchanges"]:
        asked, told = exchange["request"], exchange["answer"]
        answer = wire.call(asked["method"], asked["path"], asked["body"].encode())
        assert answer.body.decode() == told["body"].replace("<now>", now)
        assert answer.status == told["status"]


@pytest.mark.parametrize("case", CALLBACKS["callbacks"], ids=lambda case: str(len(case["files"])))
def test_callbacks(wire, case):
    assert CALLBACKS["source"]
    wire.put(*case["on tape"])
    with receiver() as asvo:
        wire.new(17, *case["files"], url=asvo.url())
        wire.turn()
    assert [each.body.decode() for each in asvo.heard] == [case["body"]]
