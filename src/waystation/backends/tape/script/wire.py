"""What the commands are asked and answer: one JSON object a line. Pure: bytes in, words out.

The format is our own; docs/how-to/any-tape-system.md is its description.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeVar

import msgspec

from waystation.domains.staging.entities import (
    DriveReport,
    FileOutcome,
    FileReport,
    ListReport,
    ListState,
    Outcome,
    RecallList,
    Residency,
)

SHOWN = 120
"""Characters of a wrong line that are passed on."""

Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=0)]
DriveWord = Literal["empty", "mounting", "reading", "idle", "unmounting", "offline", "unknown"]


class WrongAnswerError(ValueError):
    """A line is not what was expected; the sentence names it."""


class Located(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `locate`."""

    path: str
    state: Residency
    size: Count | None = None
    tape: str | None = None
    position: Count | None = None
    library: str | None = None
    words: str = ""


class Started(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The line of `recall`."""

    handle: Handle


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `poll` about a list."""

    handle: Handle
    state: ListState


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `poll` about a file of a list."""

    handle: Handle
    path: str
    outcome: Outcome
    words: str = ""


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The line of `poll` about a key; without a handle nothing was started with it."""

    key: str
    handle: Handle | None


class Drive(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of `library`."""

    name: Handle
    state: DriveWord
    tape: str | None = None
    library: str | None = None


EXPECTED: Mapping[type[msgspec.Struct], str] = {
    Located: '{"path": "/…", "state": "' + "|".join(Residency) + '"}',
    Started: '{"handle": "…"}',
    Standing: '{"handle": "…", "state": "' + "|".join(ListState) + '"}',
    Told: '{"handle": "…", "path": "/…", "outcome": "' + "|".join(Outcome) + '"}',
    Found: '{"key": "…", "handle": "…" or null}',
    Drive: '{"name": "…", "state": "empty|mounting|reading|idle|unmounting|offline|unknown"}',
}
"""How each line should look, for the person who wrote the command."""

Line = TypeVar("Line", bound=msgspec.Struct)


def line(**facts: object) -> bytes:
    """One line of a question; line ends inside of texts are escaped by JSON."""
    return msgspec.json.encode(facts) + b"\n"


def paths(names: Iterable[str]) -> Iterator[bytes]:
    """A line for each path."""
    return (line(path=name) for name in names)


def recall_question(wanted: RecallList) -> Iterator[bytes]:
    """What `recall` is asked: a line about the list, then its paths in order."""
    about = {"tape": wanted.tape, "library": wanted.library, "owner": wanted.owner or None}
    told = {name: value for name, value in about.items() if value is not None}
    yield line(key=wanted.key, files=len(wanted.paths), **told)
    yield from paths(wanted.paths)


def reports(
    asked: Sequence[str], answer: Sequence[bytes], *, tapes: bool, positions: bool
) -> list[FileReport]:
    """Answers of `locate` in the order asked; a path without one is UNKNOWN, in words.

    Args:
        asked: paths that were asked for.
        answer: lines that came.
        tapes: cartridges may be believed.
        positions: positions may be believed.

    Raises:
        WrongAnswerError: a line cannot be read, or is about a path that was not asked for.
    """
    waited, told = set(asked), dict[str, Located]()
    for number, raw in _numbered(answer):
        found = _read(number, raw, Located)
        if found.path not in waited:
            raise WrongAnswerError(f"line {number}: nobody asked for {_short(found.path)}.")
        told[found.path] = found
    silent = Residency.UNKNOWN, "the locate command gave no answer for this file"
    return [
        FileReport(
            path,
            residency=seen.state,
            size_bytes=seen.size,
            tape=seen.tape or None if tapes else None,
            position=seen.position if positions else None,
            library=seen.library or None,
            words=seen.words,
        )
        if (seen := told.get(path)) is not None
        else FileReport(path, silent[0], words=silent[1])
        for path in asked
    ]


def handle(answer: Sequence[bytes]) -> str:
    """What `recall` answered.

    Raises:
        WrongAnswerError: not one line with a handle.
    """
    lines = list(_numbered(answer))
    if len(lines) != 1:
        raise WrongAnswerError(f"{len(lines)} lines: expected one, {EXPECTED[Started]}.")
    return _read(*lines[0], Started).handle


def handle_of_key(key: str, answer: Sequence[bytes]) -> str | None:
    """What `poll` answered for a key.

    Raises:
        WrongAnswerError: not one line about that key.
    """
    found = [_read(number, raw, Found) for number, raw in _numbered(answer)]
    if [each.key for each in found] != [key]:
        raise WrongAnswerError(f"expected one line about key {key}, {EXPECTED[Found]}.")
    return found[0].handle


def standings(asked: Sequence[str], answer: Sequence[bytes]) -> list[ListReport]:
    """What `poll` answered, one report a handle in the order asked.

    Raises:
        WrongAnswerError: a line cannot be read, is about another list, or a list has none.
    """
    states, files = dict[str, ListState](), {each: list[FileOutcome]() for each in asked}
    for number, raw in _numbered(answer):
        told: Told | Standing = (
            _read(number, raw, Told) if b'"outcome"' in raw else _read(number, raw, Standing)
        )
        if told.handle not in files:
            raise WrongAnswerError(f"line {number}: nobody asked for list {told.handle!r}.")
        if isinstance(told, Told):
            files[told.handle].append(FileOutcome(told.path, told.outcome, told.words))
        else:
            states[told.handle] = told.state
    silent = [each for each in asked if each not in states]
    if silent:
        raise WrongAnswerError(
            f"no line says how list {silent[0]!r} stands: {EXPECTED[Standing]}."
        )
    return [ListReport(each, states[each], tuple(files[each])) for each in asked]


def drives(answer: Sequence[bytes]) -> tuple[DriveReport, ...]:
    """What `library` answered.

    Raises:
        WrongAnswerError: a line cannot be read.
    """
    rows = (_read(number, raw, Drive) for number, raw in _numbered(answer))
    return tuple(DriveReport(d.name, d.state, d.tape or None, d.library or None) for d in rows)


def _numbered(answer: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines by number, from 1; empty ones are passed over."""
    return ((number, raw) for number, raw in enumerate(answer, 1) if raw.strip())


def _read(number: int, raw: bytes, kind: type[Line]) -> Line:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        shown = _short(raw.decode("utf-8", "replace").strip())
        raise WrongAnswerError(
            f"line {number}: expected {EXPECTED[kind]}, got {shown} ({error})."
        ) from error


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
