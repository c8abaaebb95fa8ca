"""Users of an old Django: from its SQLite file, a MySQL dump, or `dumpdata auth.user`."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from waystation.kernel.errors import MalformedError

_SQLITE = b"SQLite format 3\0"
_CREATE = re.compile(r"CREATE TABLE [`\"]?auth_user[`\"]? \((.*?)\n\)", re.DOTALL)
_COLUMN = re.compile(r"^\s*[`\"](\w+)[`\"]", re.MULTILINE)
_INSERT = re.compile(r"^INSERT INTO [`\"]?auth_user[`\"]?(?: \(([^)]*)\))? VALUES ", re.MULTILINE)
_TOKEN = re.compile(r"\s*(?:([(),;])|'((?:[^'\\]|\\.|'')*)'|([^\s(),;']+))", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_SAID = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


@dataclass(frozen=True, slots=True)
class OldUser:
    """A row of `auth_user`, as far as it is taken over."""

    username: str
    password: str
    first_name: str
    last_name: str
    email: str
    active: bool


def read(file: Path) -> list[OldUser]:
    """All users of a file.

    Raises:
        MalformedError: it is none of the three.
    """
    with file.open("rb") as opened:
        start = opened.read(len(_SQLITE))
    try:
        if start == _SQLITE:
            return [_user(row) for row in _of_sqlite(file)]
        text = file.read_text(encoding="utf-8")
        rows = _of_json(text) if text.lstrip()[:1] == "[" else _of_dump(text)
        found = [_user(row) for row in rows]
    except (sqlite3.Error, UnicodeDecodeError, ValueError, KeyError) as problem:
        raise _unread(file, str(problem)) from problem
    if not found:
        raise _unread(file, "there is no row of auth_user")
    return found


def _of_sqlite(file: Path) -> Iterator[Mapping[str, object]]:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as conn:
        conn.row_factory = sqlite3.Row
        for row in conn.execute("SELECT * FROM auth_user ORDER BY id"):
            yield dict(row)


def _of_json(text: str) -> Iterator[Mapping[str, object]]:
    for each in json.loads(text):
        if each["model"] == "auth.user":
            yield each["fields"]


def _of_dump(text: str) -> Iterator[Mapping[str, object]]:
    """As mysqldump writes it: with or without the columns' names in each INSERT."""
    made = _CREATE.search(text)
    usual = _COLUMN.findall(made[1]) if made else []
    for found in _INSERT.finditer(text):
        named = found[1]
        columns = [each.strip(' `"') for each in named.split(",")] if named else usual
        for values in _values(text, found.end()):
            yield dict(zip(columns, values, strict=True))


def _values(text: str, at: int) -> Iterator[list[str]]:
    """The rows from behind VALUES to the semicolon."""
    row: list[str] = []
    while (token := _TOKEN.match(text, at)) is not None:
        mark, quoted, word = token.groups()
        at = token.end()
        if mark == ";":
            return
        if mark == "(":
            row = []
        elif mark == ")":
            yield row
        elif quoted is not None:
            row.append(_ESCAPED.sub(_unescaped, quoted))
        elif word is not None:
            row.append("" if word.upper() == "NULL" else word)
    raise ValueError("an INSERT of auth_user does not end")


def _unescaped(found: re.Match[str]) -> str:
    return "'" if found[1] is None else _SAID.get(found[1], found[1])


def _user(row: Mapping[str, object]) -> OldUser:
    def text(name: str) -> str:
        return str(row.get(name) or "")

    return OldUser(
        username=str(row["username"]),
        password=text("password"),
        first_name=text("first_name")[:150],
        last_name=text("last_name")[:150],
        email=text("email")[:254],
        active=text("is_active") not in {"", "0", "False"},
    )


def _unread(file: Path, why: str) -> MalformedError:
    return MalformedError(
        f"{file} cannot be read as users of a Django: {why}.",
        advice="Give its SQLite file, a mysqldump of auth_user, or JSON of dumpdata auth.user.",
    )
