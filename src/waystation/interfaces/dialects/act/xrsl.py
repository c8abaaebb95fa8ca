"""xRSL, as far as a job here can do what it says. Pure.

From the NorduGrid xRSL reference manual (NORDUGRID-MANUAL-4), and from what aCT's own client makes
of it (act_client 1.0.0, `xrsl.py`): one attribute alone comes without its `&`, and values with a
double quote come in single ones.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from waystation.interfaces.dialects.act.description import MEGABYTE, Description, RefusedError

Value = str | list[str]
MOST = 2**20
"""Characters of a description."""

_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:("(?:[^"]|"")*"|'(?:[^']|'')*')|([()&+|=]|[<>!]=?)|([^\s()"'=<>!&|+][^\s()"'=]*))"""
)
_PERIOD = re.compile(r"(\d+)\s*(weeks?|w|days?|d|hours?|h|minutes?|mins?|m|seconds?|secs?|s)")
_UNIT_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
# Nothing of it changes what a job does or leaves here.
_NO_MATTER = {"disk", "lifetime", "middleware", "clientxrsl", "hostname", "cluster"}


def read(text: str) -> Description:
    """What a description says.

    Raises:
        RefusedError: it is none, or cannot be honoured.
    """
    if len(text) > MOST:
        raise RefusedError("The job description is too long.")
    tokens = list(_tokens(_COMMENT.sub(" ", text)))
    if tokens[:1] == ["+"]:
        raise RefusedError("One description holds several jobs: send each by itself.")
    said = _attributes(tokens[1:] if tokens[:1] == ["&"] else tokens)
    found: dict[str, object] = {}
    for name, values in said.items():
        if name in _NO_MATTER:
            continue
        if name not in _READERS:
            raise RefusedError(f"The xRSL attribute {name!r} cannot be honoured here.")
        found |= _READERS[name](name, values)
    made = Description(**found)  # type: ignore[arg-type]
    # Memory is said of each slot (xRSL reference, `memory`).
    return replace(made, memory=made.memory * made.count)


def _tokens(text: str) -> Iterator[str]:
    """Marks as they are; words with a mark of their own before them, so that they are no marks."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            if text[at:].strip():
                raise RefusedError(f"Invalid job description: at {text[at : at + 30].strip()!r}.")
            return
        at = found.end()
        quoted, mark, word = found.groups()
        if quoted:
            yield "=" + quoted[1:-1].replace(quoted[0] * 2, quoted[0])
        elif mark:
            yield mark if mark != "=" else "eq"
        else:
            yield "=" + word


def _attributes(tokens: Sequence[str]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    rest = iter(tokens)
    for mark in rest:
        name, is_ = next(rest, ""), next(rest, "")
        if mark != "(" or not name.startswith("=") or is_ != "eq":
            raise RefusedError("Invalid job description: attributes are (name=values).")
        # RFC of RSL: neither case nor underscores count.
        plain = name[1:].lower().replace("_", "")
        if plain in found:
            raise RefusedError(f"The xRSL attribute {plain!r} is given twice.")
        found[plain] = _values(rest)
    if not found:
        raise RefusedError("Invalid job description: it is empty.")
    return found


def _values(rest: Iterator[str]) -> list[Value]:
    values: list[Value] = []
    inner: list[str] | None = None
    for mark in rest:
        if mark == "(" and inner is None:
            inner = []
        elif mark == ")" and inner is not None:
            values.append(inner)
            inner = None
        elif mark == ")":
            return values
        elif mark.startswith("=") and inner is not None:
            inner.append(mark[1:])
        elif mark.startswith("="):
            values.append(mark[1:])
        else:
            raise RefusedError("Invalid job description: a value is a word or a list of words.")
    raise RefusedError("Invalid job description: a parenthesis is not closed.")


# ------------------------------------------------------------------------- what the values mean


def _one(name: str, values: list[Value]) -> str:
    if len(values) != 1 or not isinstance(values[0], str):
        raise RefusedError(f"The xRSL attribute {name!r} has one value.")
    return values[0]


def _number(name: str, values: list[Value]) -> int:
    text = _one(name, values)
    if not text.isascii() or not text.isdigit() or len(text) > 12:  # noqa: PLR2004 - of any use
        raise RefusedError(f"The xRSL attribute {name!r} is a whole number.")
    return int(text)


def seconds(text: str) -> int:
    """A time: minutes, or words like `1 day 2 hours`.

    Raises:
        RefusedError: it is none.
    """
    if text.strip().isdigit():
        return 60 * int(text)
    found = _PERIOD.findall(text.lower())
    if not found or _PERIOD.sub("", text.lower()).strip(" ,"):
        raise RefusedError(f"{text!r} is no time: say 90, or '1 hour 30 minutes'.")
    return sum(int(n) * _UNIT_S[unit[0]] for n, unit in found)


def _pairs(name: str, values: list[Value]) -> list[tuple[str, str]]:
    made = []
    for each in values:
        # ("name" "url" "option=…"); files may also stand alone.
        words = [each] if isinstance(each, str) else each
        if not words or not words[0]:
            raise RefusedError(f"The xRSL attribute {name!r} is a list of (name value).")
        made.append((words[0], words[1] if len(words) > 1 else ""))
    return made


def _words(name: str, values: list[Value]) -> list[str]:
    words = []
    for each in values:
        if not isinstance(each, str):
            raise RefusedError(f"The xRSL attribute {name!r} is a list of words.")
        words.append(each)
    return words


Reader = Callable[[str, list[Value]], dict[str, object]]


def _text(field: str) -> Reader:
    return lambda name, values: {field: _one(name, values)}


def _whole(field: str, times: int = 1) -> Reader:
    return lambda name, values: {field: times * _number(name, values)}


def _time(field: str) -> Reader:
    return lambda name, values: {field: seconds(_one(name, values))}


def _list(field: str) -> Reader:
    return lambda name, values: {field: tuple(_words(name, values))}


def _files(field: str) -> Reader:
    return lambda name, values: {field: tuple(_pairs(name, values))}


def _yes(name: str, values: list[Value]) -> bool:
    return _one(name, values).lower() in {"yes", "true"}


def _only(wanted: str, words: str) -> Reader:
    """An attribute of which one value is what is done here anyway."""

    def reader(name: str, values: list[Value]) -> dict[str, object]:
        if _one(name, values).lower() not in {wanted, ""}:
            raise RefusedError(f"The xRSL attribute {name!r} cannot be honoured here: {words}")
        return {}

    return reader


_READERS: Mapping[str, Reader] = {
    "executable": _text("executable"),
    "arguments": _list("arguments"),
    "jobname": _text("name"),
    "inputfiles": _files("inputs"),
    "outputfiles": _files("outputs"),
    "executables": _list("executables"),
    "stdin": _text("stdin"),
    "stdout": _text("stdout"),
    "stderr": _text("stderr"),
    "join": lambda name, values: {"join": _yes(name, values)},
    "environment": lambda name, values: {"environment": dict(_pairs(name, values))},
    "count": _whole("count"),
    "walltime": _time("wall_s"),
    "cputime": _time("cpu_s"),
    "memory": _whole("memory", MEGABYTE),
    "queue": _text("queue"),
    "project": _text("project"),
    "priority": _whole("priority"),
    "rerun": _whole("rerun"),
    "gmlog": _text("log"),
    "dryrun": _only("no", "jobs are run."),
    "exclusiveexecution": _only("no", "nodes are shared."),
    "nodeaccess": _only("outbound", "jobs reach out only."),
}
