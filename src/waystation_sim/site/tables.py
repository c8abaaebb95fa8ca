"""Lists as `eeadm ... list` prints them: a table of words, or `{"payload": [...]}`."""

import json
from collections.abc import Mapping, Sequence

Row = Mapping[str, str | int | list[str]]


def render(rows: Sequence[Row], columns: Sequence[str], given: Mapping[str, str]) -> str:
    """Write rows as the options ask.

    Args:
        rows: with all fields that the JSON form shows.
        columns: fields of the text form.
        given: `--json`, `--no-header`.
    """
    if "--json" in given:
        return json.dumps({"payload": rows})
    head = [] if "--no-header" in given else [[_title(column) for column in columns]]
    table = head + [[_cell(row[column]) for column in columns] for row in rows]
    if not table:
        return ""
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def _title(column: str) -> str:
    return column.replace("_", " ").capitalize()


def _cell(value: str | int | list[str]) -> str:
    if isinstance(value, list):
        return ",".join(value) or "-"
    return str(value) if value != "" else "-"
