"""Lists of files of an LTFSEE site, taken over: as datasets, and as stage requests if wanted.

Read are plain paths, policy-engine lines (`... -- /path`, as `eeadm recall` takes them) and lines
of `eeadm file state -s`, mixed as they come, in the memory of one part of `PART` files. A dataset
is a list of names: what the list says of states and cartridges is told and not kept, for it is
old when it is read, and the tape system is asked whenever somebody wants to know.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from waystation.backends.tape.spectrum_archive.parse import STATE_LINE, STATES
from waystation.domains.catalogue.door import sift
from waystation.domains.staging.door import Ask
from waystation.domains.staging.entities import MAX_LABEL
from waystation.interfaces.services import Services
from waystation.kernel.errors import NotFoundError

PART = 100_000
BLOCK = 5_000
LONGEST_LINE = 64 * 1024
NAMED = 10
"""Wrong lines that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: the file, and what stands beside it."""

    path: str
    state: str = ""
    tapes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its number: the file that it names, or what is wrong with it, or neither."""

    number: int
    listed: Listed | None = None
    wrong: str = ""


@dataclass(slots=True)
class Tally:
    """What was found in a list, and what became of it.

    Attributes:
        files: taken, each counted once in its part.
        doubled: named again in the same part.
        wrong: lines that are no file of the store.
        named: the first of them, with number and reason.
        states: files by what the list says of them; "" is nothing.
        tapes: cartridges that the list names.
        datasets: names, and whether they are new.
        requests: ids, and whether they are new.
    """

    files: int = 0
    doubled: int = 0
    wrong: int = 0
    named: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    tapes: set[str] = field(default_factory=set)
    datasets: list[tuple[str, bool]] = field(default_factory=list)
    requests: list[tuple[int, bool]] = field(default_factory=list)

    def refuse(self, number: int, reason: str) -> None:
        """Count a wrong line."""
        self.wrong += 1
        if len(self.named) < NAMED:
            self.named.append(f"line {number}: {reason}")


def read_line(line: str) -> Listed | None:
    """A line as a file; None when it is empty, a comment or a heading.

    Raises:
        ValueError: it is none of the forms; the words say so.
    """
    text = line.rstrip("\r\n")
    if text.startswith("/"):
        return Listed(text)
    if not text.strip() or text.startswith("#"):
        return None
    _, mark, path = text.partition(" -- ")
    if not mark:
        if text.split()[0] in {"Name", "State"}:  # of a table with headings
            return None
        raise ValueError("neither a path nor a line with ' -- /path' at its end.")
    if not path.startswith("/"):
        raise ValueError("what follows ' -- ' is no absolute path.")
    told = STATE_LINE.match(text)
    if told is None or told["state"].upper() not in STATES:
        return Listed(path)  # a policy-engine line: numbers of its own before the mark
    places = (place for place in told["tapes"].split() if place != "-")
    word = STATES[told["state"].upper()].value
    return Listed(path, word, tuple(place.partition("@")[0] for place in places))


def parts(
    file: IO[bytes], root: str, tally: Tally, tell: Callable[[int], None] = lambda _: None
) -> Iterator[list[str]]:
    """The good paths of a list, at most `PART` at a time, each once in its part.

    Args:
        file: open for reading.
        root: of the store.
        tally: is added to.
        tell: is called with the bytes that were read, now and then.
    """
    part: dict[str, None] = {}
    lines = _lines(file)
    while block := [_read(number, raw) for number, raw in islice(lines, BLOCK)]:
        tell(file.tell())
        for each in _fit(block, root, tally):
            if each.path in part:
                tally.doubled += 1
                continue
            part[each.path] = None
            tally.files += 1
            tally.states[each.state] += 1
            tally.tapes.update(each.tapes)
            if len(part) == PART:
                yield list(part)
                part.clear()
    tell(file.tell())
    if part:
        yield list(part)


class Taker:
    """Takes over lists of files of one store, as one account."""

    def __init__(self, house: Services, account: str, store: str) -> None:
        """Find the account.

        Raises:
            NotFoundError: there is none of that name.
        """
        who = house.accounts.by_name(account)
        if who is None:
            raise NotFoundError(
                f"There is no account {account!r}.", advice="Name one: --account NAME"
            )
        self._who = who
        self._house = house
        self._store = store

    def define(self, name: str, paths: list[str], tally: Tally) -> None:
        """Write one part of a list as a dataset of that name; the same again when it is there.

        Raises:
            ForbiddenError: the account is no administrator.
        """
        made = self._house.catalogue.put_dataset(self._who, self._store, name, paths)
        tally.datasets.append((name, made))

    def stage(self, name: str, paths: list[str], tally: Tally) -> None:
        """Ask for one part of a list; the same files again are the same request.

        Raises:
            LimitReachedError: the account has too much waiting; what was asked for stays so.
        """
        digest = hashlib.sha256("\0".join((self._store, *paths)).encode()).hexdigest()
        ask = Ask(
            paths=paths,
            store=self._store,
            label=f"LTFSEE list {name}"[:MAX_LABEL],
            external_id=f"ltfsee-list:{digest}",
            confirm=True,
        )
        done = self._house.staging.submit(self._who, ask)
        tally.requests.append((done.request.id, done.made))


def _fit(block: list[Line], root: str, tally: Tally) -> list[Listed]:
    """Files of the block that the store can have; what is wrong is counted in order."""
    _, refused, _ = sift([line.listed.path for line in block if line.listed], root)
    reasons = {each.path: each.reason for each in refused}
    fit = []
    for line in block:
        words = line.wrong or (reasons.get(line.listed.path, "") if line.listed else "")
        if words:
            tally.refuse(line.number, words)
        elif line.listed:
            fit.append(line.listed)
    return fit


def _read(number: int, raw: bytes) -> Line:
    if len(raw) >= LONGEST_LINE:
        return Line(number, wrong=f"longer than {LONGEST_LINE} bytes.")
    try:
        return Line(number, read_line(raw.decode()))
    except UnicodeDecodeError:
        return Line(number, wrong="not UTF-8.")
    except ValueError as problem:
        return Line(number, wrong=str(problem))


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines from 1; of one without an end only the beginning is held."""
    number = 0
    while raw := file.readline(LONGEST_LINE):
        number += 1
        yield number, raw
        while len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            raw = file.readline(LONGEST_LINE)
