"""What `eeadm` prints, as data. Pure: text in, frozen words out; unknown lines are skipped.

The shapes are those read by public programs that drive EE: the University of Michigan's
ltfsee_globus (`file state -s`), NooBaa's glacier back end (`recall`, `task show -r`) and IBM's
tape-archive REST server (`--json`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from waystation.domains.staging.entities import Residency

STATES: Mapping[str, Residency] = {
    "R": Residency.ONLINE,
    "RESIDENT": Residency.ONLINE,
    "P": Residency.BOTH,
    "PREMIGRATED": Residency.BOTH,
    "M": Residency.NEARLINE,
    "MIGRATED": Residency.NEARLINE,
    # An empty file, a link or a directory: saved on tape, readable at once.
    "S": Residency.BOTH,
    "SAVED": Residency.BOTH,
    # The cartridge was exported with an offline message.
    "O": Residency.LOST,
    "OFFLINE": Residency.LOST,
    # The cartridge is gone.
    "X": Residency.LOST,
    "MISSING": Residency.LOST,
}
"""EE's state letters and words. Only R, P, M are attested as letters; the rest is our reading."""

STATE_LINE = re.compile(
    r"^\s*(?P<state>[A-Za-z]+)\s+(?P<copies>\d+|-)\s+(?P<tapes>\S+(?:\s+\S+)*?)\s+-- (?P<path>.*)$"
)
TASK_ID = re.compile(r"task ID is (\d+)")
RESULT_LINE = re.compile(
    r"^\s*(?P<result>Success|Fail)\s+(?P<code>\S+)\s+.*?-- (?P<path>/.*)$", re.IGNORECASE
)
UNREADABLE_TAPE_STATES = frozenset(
    {
        "exported",
        "offline",
        "missing",
        "inaccessible",
        "non_supported",
        "duplicated",
        "disconnected",
        "unformatted",
        "label_mismatch",
        "need_unlock",
        "check_hba",
    }
)
"""States of a cartridge from which nothing can be recalled now."""


@dataclass(frozen=True, slots=True)
class Place:
    """One copy: cartridge, pool, library (names, or identifiers in the attribute)."""

    tape: str
    pool: str
    library: str


@dataclass(frozen=True, slots=True)
class FileState:
    """One line of `file state -s`."""

    path: str
    residency: Residency
    places: tuple[Place, ...]
    word: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task of `task list --json`."""

    full_id: str
    number: str
    command: str
    status: str
    result: str


@dataclass(frozen=True, slots=True)
class TapeRow:
    """One cartridge of `tape list --json`."""

    barcode: str
    state: str
    library: str

    @property
    def readable(self) -> bool:
        """Files can be recalled from it."""
        return self.state not in UNREADABLE_TAPE_STATES


@dataclass(frozen=True, slots=True)
class DriveRow:
    """One drive of `drive list --json`."""

    serial: str
    state: str
    library: str
    tape: str


@dataclass(frozen=True, slots=True)
class FileResult:
    """One line of `task show -r`; `code` is empty if the file was recalled."""

    path: str
    code: str


class UnreadableAnswerError(ValueError):
    """`eeadm` printed something that is not what was asked for."""


def file_states(text: str) -> dict[str, FileState]:
    """Lines of `eeadm file state -s`, by path; other lines are skipped."""
    found: dict[str, FileState] = {}
    for line in text.split("\n"):
        match = STATE_LINE.match(line)
        if match:
            word = match["state"]
            places = tuple(
                place for column in match["tapes"].split() if (place := _place(column)) is not None
            )
            residency = STATES.get(word.upper(), Residency.UNKNOWN)
            found[match["path"]] = FileState(match["path"], residency, places, word)
    return found


def attribute_places(text: str) -> tuple[Place, ...]:
    """The value of `dmapi.IBMTPS`: `<n> VOLSER@POOLID@LIBID[:VOLSER@POOLID@LIBID...]`."""
    _, _, places = text.strip("\0 \n").partition(" ")
    return tuple(place for part in places.split(":") if (place := _place(part)) is not None)


def task_number(text: str) -> str | None:
    """The number that `eeadm recall` prints early, None if it is not there (yet)."""
    match = TASK_ID.search(text)
    return match[1] if match else None


def file_results(text: str) -> Iterator[FileResult]:
    """Lines of `eeadm task show -r`."""
    for line in text.split("\n"):
        match = RESULT_LINE.match(line)
        if match:
            good = match["result"].lower() == "success"
            yield FileResult(match["path"], "" if good else match["code"])


def tasks(text: str) -> list[TaskRow]:
    """`eeadm task list --json`.

    Raises:
        UnreadableAnswerError: that is not a list of tasks.
    """
    return [
        TaskRow(
            full_id=_word(row, "id"),
            number=_word(row, "task_id"),
            command=_word(row, "cmd_param"),
            status=_word(row, "status").lower(),
            result=_word(row, "result").lower(),
        )
        for row in _payload(text)
    ]


def tapes(text: str) -> dict[str, TapeRow]:
    """`eeadm tape list --json`, by barcode.

    Raises:
        UnreadableAnswerError: that is not a list of tapes.
    """
    rows = (
        TapeRow(_word(row, "barcode"), _word(row, "state").lower(), _word(row, "library_name"))
        for row in _payload(text)
    )
    return {row.barcode: row for row in rows}


def drives(text: str) -> list[DriveRow]:
    """`eeadm drive list --json`.

    Raises:
        UnreadableAnswerError: that is not a list of drives.
    """
    return [
        DriveRow(
            serial=_word(row, "id"),
            state=_word(row, "state").lower(),
            library=_word(row, "library_name"),
            tape=_word(row, "tape_barcode"),
        )
        for row in _payload(text)
    ]


def names(text: str) -> set[str]:
    """Names of `eeadm library list --json`.

    Raises:
        UnreadableAnswerError: that is not a list with names.
    """
    return {_word(row, "name") for row in _payload(text)}


def _payload(text: str) -> Iterable[Mapping[str, object]]:
    try:
        rows = json.loads(text)["payload"]
    except (ValueError, KeyError, TypeError) as error:
        shown = " ".join(text.split())[:120]
        msg = f"expected a list in JSON, got: {shown or 'nothing'}"
        raise UnreadableAnswerError(msg) from error
    if not isinstance(rows, list):
        msg = "the payload is not a list"
        raise UnreadableAnswerError(msg)
    return (row for row in rows if isinstance(row, dict))


def _word(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


def _place(text: str) -> Place | None:
    parts = text.split("@")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - tape, pool, library
        return None
    return Place(*parts)
