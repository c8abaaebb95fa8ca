"""The audit trail as text: JSON lines and CSV, written as they are read."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC

import msgspec

from waystation.domains.audit.door import Entry

FORMS = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
_COLUMNS = tuple(Entry.__dataclass_fields__)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def document(entry: Entry) -> dict[str, object]:
    """An entry as JSON has it: the seal in hexadecimal, times in UTC."""
    told: dict[str, object] = {name: getattr(entry, name) for name in _COLUMNS}
    told["at"] = entry.at.astimezone(UTC)
    told["seal"] = entry.seal.hex() if entry.seal else None
    return told


def lines(entries: Iterable[Entry], form: str) -> Iterator[bytes]:
    """Text of a form that `FORMS` names, a line an entry."""
    if form == "csv":
        yield _csv(_COLUMNS)
        for entry in entries:
            told = document(entry)
            yield _csv([_cell(told[name]) for name in _COLUMNS])
        return
    for entry in entries:
        yield msgspec.json.encode(document(entry)) + b"\n"


def _csv(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """A cell; what a spreadsheet would take for a formula is made plain text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
    return f"'{text}" if text.startswith(_FORMULA) else text
