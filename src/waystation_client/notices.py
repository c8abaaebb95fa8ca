"""What operators tell people: printed once, on standard error, never among results."""

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from waystation_client import moments
from waystation_client.errors import WaystationError

if TYPE_CHECKING:
    from waystation_client.client import Client

_EVERY_S = 600
"""The server is asked so often at most: a command in a loop asks for nothing else each time."""

_QUIET = {"--json", "--quiet", "-q"}
_KEPT = 200


def file_path(environment: Mapping[str, str]) -> Path:
    """Return where it is noted what was told (XDG Base Directory specification)."""
    base = environment.get("XDG_STATE_HOME") or ""
    root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return root / "waystation" / "told.json"


def tell(client: "Client", url: str, now: datetime) -> None:
    """Print messages that this user was not told yet; trouble with them is no trouble.

    Nothing is asked or printed for commands that answer programs (--json, --quiet).
    """
    if _QUIET & set(sys.argv):
        return
    place = file_path(os.environ)
    known = _read(place)
    mine = known.setdefault(url, {"asked": 0, "told": []})
    if 0 <= now.timestamp() - mine["asked"] < _EVERY_S:
        return
    with contextlib.suppress(WaystationError, OSError):
        found = client.messages()
        from waystation_client.screens import listing  # noqa: PLC0415 - only when it is needed

        for each in (m for m in found if m.id not in mine["told"]):
            down = ""
            if each.down_from and each.down_until:
                begin, end = (moments.local(m, now) for m in (each.down_from, each.down_until))
                down = f" (downtime {begin} to {end})"
            listing.note(f"{each.severity}: {each.text}{down}")
        told = [*mine["told"], *(m.id for m in found if m.id not in mine["told"])]
        known[url] = {"asked": now.timestamp(), "told": told[-_KEPT:]}
        _write(place, known)


class Note(TypedDict):
    """What is noted of one server: when it was asked, and which messages were told."""

    asked: float
    told: list[int]


def _read(place: Path) -> dict[str, Note]:
    """What is noted; a file that somebody spoilt is as good as none."""
    try:
        found = json.loads(place.read_text())
    except (OSError, ValueError):
        return {}
    good = isinstance(found, dict) and all(_is_note(each) for each in found.values())
    return found if good else {}


def _is_note(each: object) -> bool:
    return (
        isinstance(each, dict)
        and isinstance(each.get("asked"), int | float)
        and isinstance(each.get("told"), list)
    )


def _write(place: Path, known: object) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(known))
    fresh.replace(place)
