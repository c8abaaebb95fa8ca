"""Bodies checked as the old service did, and refused in its words. Pure.

Its words are those of flask-restx 0.2.0 and jsonschema: a value is shown as Python writes it.
"""

import json
from collections.abc import Mapping

FAILED = "Input payload validation failed"
UNREADABLE = "The browser (or proxy) sent a request that this server could not understand."


class RefusedError(Exception):
    """A body that is not taken; `body` is the answer."""

    def __init__(self, body: dict[str, object]) -> None:
        super().__init__(str(body))
        self.body = body


def payload(
    body: bytes, media: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Mapping[str, str]:
    """The members of a body that are asked for; others are passed over.

    Args:
        body: as it came.
        media: its Content-Type; a body of another kind than JSON is as none.
        required: members that must be there and be text.
        optional: members that must be text when they are there.

    Raises:
        RefusedError: it is not so.
    """
    found = _decoded(body) if _is_json(media) else None
    if not isinstance(found, dict):
        raise RefusedError(invalid({"": f"{found!r} is not of type 'object'"}))
    errors = {
        name: f"'{name}' is a required property" for name in sorted(required) if name not in found
    }
    members = {name: found[name] for name in (*required, *optional) if name in found}
    errors |= {
        name: f"{value!r} is not of type 'string'"
        for name, value in members.items()
        if not isinstance(value, str)
    }
    if errors:
        raise RefusedError(invalid(errors))
    return members


def invalid(errors: Mapping[str, str]) -> dict[str, object]:
    """The body of a 400 that says what is wrong member by member."""
    return {"errors": dict(errors), "message": FAILED}


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _decoded(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise RefusedError({"message": UNREADABLE}) from problem
    return found
