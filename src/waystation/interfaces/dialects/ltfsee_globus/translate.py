"""Our words and theirs. Pure.

Spectrum Archive EE has six states of a file: resident, premigrated, migrated, saved, offline and
missing (IBM Redbook SG24-8333, 10.1.3). The old service knew the letters R, P and M and answered
500 to the rest; `O` is our letter for what cannot be read now. A saved thing (an empty file, a
link) is on disk: P.
"""

from dataclasses import dataclass

from waystation.domains.staging.door import FileView, ItemView
from waystation.interfaces.dialects.ltfsee_globus import wording

LETTERS = {"online": "R", "online_and_nearline": "P", "nearline": "M", "lost": "O"}
COMING = frozenset({"waiting", "queued", "recalling"})
# `eeadm` writes a dash where there is nothing to say.
_UNTOLD = "-"


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a document."""

    status: int
    body: object


def message(status: int, words: str) -> Reply:
    """The shape of every refusal but those of bodies."""
    return Reply(status, {"message": words})


RESIDENT = Reply(201, {"state": "resident"})
ARCHIVED = Reply(201, {"state": "archived"})


def file_state(view: FileView) -> Reply:
    """The answer to file_state: always a list of one.

    Copies are told as far as the tape system tells them to us: the cartridge that a recall would
    read, without its pool.
    """
    if view.state == "missing":
        return message(404, wording.NO_FILE)
    letter = LETTERS.get(view.state)
    if letter is None:
        return message(500, wording.STRANGE_STATE)
    tapes = [f"{view.tape}@{_UNTOLD}@{_UNTOLD}"] if view.tape else []
    told = {"state": letter, "replicas": len(tapes), "tapes": tapes, "path": view.path}
    return Reply(201, [told])


def is_coming(held: FileView | None) -> bool:
    """Whether somebody's request waits for this file already."""
    return held is not None and held.state == "nearline" and held.staging is not None


def is_held(held: FileView | None) -> bool:
    """Whether it was seen on disk and somebody holds it there."""
    return held is not None and held.state != "nearline"


def seen(view: FileView, *, held: bool, failed: ItemView | None) -> Reply | None:
    """The answer to globus_recall by where the file is now; None: it is to be asked for.

    Args:
        view: what the tape system says now; what we remember is never told as residency, the file
            may have left the disk since.
        held: we saw it on disk; told only while the tape system does not answer.
        failed: how the last asking ended, when it failed; the next one tries again.
    """
    if view.state in {"online", "online_and_nearline"} or (view.state == "unknown" and held):
        return RESIDENT
    if view.state == "missing":
        return message(404, wording.NO_ARCHIVED_FILE)
    if view.state == "lost":
        return message(500, wording.LOST)
    if failed is not None:
        return message(500, f"The recall failed: {failed.error or 'without a word'}")
    return None


def label(task: str, library: str) -> str:
    """How people see what one Globus task asked for, on our pages."""
    shown = "".join(c for c in f"Globus {task}" if c.isprintable())[:150]
    place = "".join(c for c in library if c.isprintable())[:40]
    return f"{shown} ({place})" if place else shown
