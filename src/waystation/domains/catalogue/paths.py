"""Which paths a store can have. Pure; a million paths are looked at as one text.

A path is absolute, below the store's root, written the one normal way (no `.`, `..`, `//`, no
trailing slash), without control characters, and at most 2,000 bytes long.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_BYTES = 2_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]")
_ODD = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]|//|/\.\.?(?:/|\n|$)|/(?:\n|$)"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A path that was not taken, and why, in plain words."""

    path: str
    reason: str


def reason_against(path: str, root: str) -> str | None:
    """Why this path cannot be a file of the store, None when it can."""
    below = root.rstrip("/") + "/"
    dotted = f"{path}/"
    checks = (
        (not path, "The path is empty."),
        (_CONTROL.search(path), "The path has control characters or is not valid Unicode."),
        (
            len(path.encode(errors="replace")) > MAX_BYTES,
            f"The path is longer than {MAX_BYTES} bytes.",
        ),
        (not path.startswith("/"), "The path is not absolute: begin it with /."),
        ("/../" in dotted or "/./" in dotted, "The path has . or .. in it: write it without."),
        ("//" in dotted, "The path has an empty part (// or a slash at its end)."),
        (not path.startswith(below), f"The path is not below this store's root {root}."),
    )
    return next((words for wrong, words in checks if wrong), None)


def sift(paths: Iterable[str], root: str) -> tuple[list[str], list[Refusal], int]:
    """Take out what cannot be and what is doubled.

    Returns:
        The good paths in order, each once; what was refused; how many were folded away.
    """
    asked = list(paths)
    once = list(dict.fromkeys(asked))
    folded = len(asked) - len(once)
    if once and _all_good(once, root):
        return once, [], folded
    good: list[str] = []
    refused: list[Refusal] = []
    for path in once:
        reason = reason_against(path, root)
        if reason is None:
            good.append(path)
        else:
            refused.append(Refusal(path, reason))
    return good, refused, folded


def _all_good(paths: list[str], root: str) -> bool:
    """One look over all of them; False means: look at each."""
    text = "\n".join(paths)
    start = root.rstrip("/") + "/"
    joints = len(paths) - 1
    return (
        text.startswith(start)
        and text.count("\n") == joints
        and text.count("\n" + start) == joints
        and len(max(paths, key=len)) * 4 <= MAX_BYTES
        and not _ODD.search(text)
    )
