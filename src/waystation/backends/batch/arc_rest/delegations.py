"""Delegations at A-REX: one of each owner of jobs, made when it is needed and renewed in time."""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from waystation.backends.batch.arc_rest.config import ends
from waystation.backends.batch.arc_rest.delegation import sign
from waystation.backends.batch.arc_rest.wire import Wire
from waystation.backends.batch.hands.alone import alone
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import Clock
from waystation.kernel.errors import UnavailableError, WaystationError

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=3)
"""So long before its end a delegation is renewed; most proxies are good for 12 or 24 hours."""
_LEAST = timedelta(minutes=5)
"""A proxy that ends sooner is good for nothing that is begun now."""
_KEPT = timedelta(days=30)
"""Delegations that ended so long ago are forgotten: no job can have them still."""
_AGAIN = timedelta(minutes=1)

Credential = Callable[[int], bytes | None]


class ProxyError(BatchUnavailableError):
    """A proxy that cannot be used; others can."""


class Kept(msgspec.Struct, frozen=True):
    """A delegation as it is written down; nothing of it is secret.

    Attributes:
        name: at A-REX.
        until: it ends then.
    """

    name: str
    until: datetime


class Delegations:
    """Those of one computing element. Other processes of this machine know the same ones.

    Args:
        wire: to A-REX.
        clock: of the house.
        place: folder in which they are written down.
        credential: of an owner, in PEM: certificate, key and chain; None of one who has none.
    """

    def __init__(self, wire: Wire, clock: Clock, place: Path, credential: Credential) -> None:
        self._wire = wire
        self._clock = clock
        self._place = place
        self._credential = credential
        self._tried: dict[int, datetime] = {}

    def can(self, owner: int) -> bool:
        """Whether an owner has a proxy that is good for something that is begun now.

        Raises:
            ProxyError: he has one that cannot be used.
            BatchUnavailableError: not known.
        """
        pem, until = self._newest(owner)
        return pem is not None and until - self._clock.now() >= _LEAST

    def of(self, owner: int) -> str | None:
        """The name of an owner's delegation; None when he has no proxy that is good.

        Who took his proxy back has none, though an older delegation may be good still.

        Raises:
            ProxyError: he has one that cannot be used.
            BatchUnavailableError: not known, or A-REX does not take it.
        """
        with self._open() as kept:
            pem, until = self._newest(owner)
            known, now = kept.get(owner), self._clock.now()
            if pem is None or until - now < _LEAST:
                return None
            if known is not None and (known.until - now > AHEAD or known.until >= until):
                return known.name
            kept[owner] = self._made(known, pem)
            return kept[owner].name

    def renew(self, used: Callable[[], Collection[str]]) -> frozenset[str]:
        """Renew those that end soon and that jobs use; names of those that have ended.

        Args:
            used: names that jobs which are not over have; asked only when it matters.
        """
        now = self._clock.now()
        soon = {owner: each for owner, each in self._read().items() if each.until - now < AHEAD}
        if not soon:
            return frozenset()
        names = used()
        for owner, each in soon.items():
            tried = self._tried.get(owner)
            if each.name in names and (tried is None or now - tried >= _AGAIN):
                self._tried[owner] = now
                self._renew(owner)
        return frozenset(each.name for each in self._read().values() if each.until <= now)

    def _renew(self, owner: int) -> None:
        try:
            with self._open() as kept:
                pem, until = self._newest(owner)
                known = kept.get(owner)
                if pem is not None and known is not None and until > known.until:
                    kept[owner] = self._made(known, pem)
        except BatchUnavailableError as problem:
            # What runs is looked at all the same; it is tried again.
            log.warning("The delegation of account %d is not renewed: %s", owner, problem.sentence)

    def _made(self, known: Kept | None, pem: bytes) -> Kept:
        """One that is new, or the same with another end: all jobs that have it get that."""
        request = self._wire.renewal(known.name) if known is not None else None
        name = known.name if known is not None else ""
        if request is None:  # A-REX forgets those that have ended and that no job has
            name, request = self._wire.request()
        try:
            signed = sign(request, pem, self._clock.now())
        except (ValueError, TypeError) as problem:
            raise ProxyError(f"A proxy cannot be delegated: {problem}.") from problem
        self._wire.delegate(name, signed.pem)
        return Kept(name, signed.until)

    def _newest(self, owner: int) -> tuple[bytes | None, datetime]:
        """What an owner has now, and when it ends."""
        try:
            pem = self._credential(owner)
            return pem, ends(pem) if pem else self._clock.now()
        except (OSError, ValueError) as problem:
            raise ProxyError(f"A proxy cannot be read: {problem}.") from problem
        except UnavailableError as problem:
            raise BatchUnavailableError(problem.sentence) from problem
        except WaystationError as problem:
            raise ProxyError(problem.sentence) from problem

    @contextmanager
    def _open(self) -> Iterator[dict[int, Kept]]:
        """What is written down, to be changed by nobody else meanwhile."""
        with alone(self._place):
            kept = self._read()
            before = dict(kept)
            yield kept
            if kept == before:
                return
            oldest = self._clock.now() - _KEPT
            text = msgspec.json.encode(
                {o: each for o, each in kept.items() if each.until > oldest}
            )
            part = self._file.with_suffix(".part")
            try:
                part.write_bytes(text)
                part.replace(self._file)
            except OSError as problem:
                raise BatchUnavailableError(
                    f"Delegations cannot be written down: {problem.strerror}."
                ) from problem

    def _read(self) -> dict[int, Kept]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[int, Kept])
        except (OSError, msgspec.MsgspecError):
            return {}

    @property
    def _file(self) -> Path:
        return self._place / "kept.json"
