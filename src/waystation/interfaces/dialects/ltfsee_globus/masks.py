"""The header X-Fields: which members of an answer the client wants (flask-restx' field masks).

Only flat masks, `a,b` or `{a,b}`: no answer here has members inside members. Pure.
"""

from collections.abc import Mapping

from waystation.interfaces.dialects.ltfsee_globus.validate import RefusedError


def wanted(header: str) -> frozenset[str] | None:
    """The names in a mask; None is all.

    Raises:
        RefusedError: it cannot be read.
    """
    text = header.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise RefusedError({"message": "Mask parse error: Missing closing bracket"})
        text = text[1:-1]
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    return None if not names or "*" in names else names


def cut(answer: object, names: frozenset[str] | None) -> object:
    """An answer, or each of a list of them, with only those members."""
    if names is None:
        return answer
    if isinstance(answer, list):
        return [cut(each, names) for each in answer]
    if isinstance(answer, Mapping):
        return {name: value for name, value in answer.items() if name in names}
    return answer
