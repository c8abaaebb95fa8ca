"""The page of errors, made from the errors themselves; a test compares it with the docs.

python -m waystation.bootstrap.error_reference > docs/reference/errors.md
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator

import waystation
from waystation.interfaces.problems import STATUS
from waystation.kernel.errors import WaystationError

_HEAD = """\
# Errors

Made by `python -m waystation.bootstrap.error_reference`.

Every refusal is a problem document (RFC 9457, `application/problem+json`): `title` says what
happened, `detail` what to do next, `code` is one of these, `request_id` is what the operators need
to find it in the logs. With *again* the same call may succeed later without anybody changing
anything.

| code | status | again | meaning |
|---|---|---|---|"""


def families() -> list[type[WaystationError]]:
    """Every class of error that has a code of its own, by code."""
    for module in pkgutil.walk_packages(waystation.__path__, "waystation."):
        if module.name.endswith((".errors", ".mounted")):
            importlib.import_module(module.name)
    found = {each for each in _below(WaystationError) if "code" in vars(each)}
    return sorted(found, key=lambda each: each.code)


def error_reference() -> str:
    """Markdown: a row a code."""
    return "\n".join([_HEAD, *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for each in families():
        words = (each.__doc__ or "").strip().split("\n")[0].replace("|", "\\|")
        if each is WaystationError:
            words = "Something went wrong here that is not your doing."
        again = "yes" if each.retryable else ""
        yield f"| `{each.code}` | {STATUS[each.code]} | {again} | {words} |"


def _below(family: type[WaystationError]) -> Iterator[type[WaystationError]]:
    yield family
    for each in family.__subclasses__():
        yield from _below(each)


if __name__ == "__main__":
    sys.stdout.write(error_reference())
