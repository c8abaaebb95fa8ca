"""Addresses of folders and files, and the way to them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.urls import reverse

from waystation.domains.catalogue.door import Entry, EntryKind

_MARK = {EntryKind.FOLDER: "0", EntryKind.FILE: "1"}


@dataclass(frozen=True, slots=True)
class Crumb:
    """A folder on the way.

    Attributes:
        name: of it.
        address: of its page.
    """

    name: str
    address: str


def folder(space: str, path: str) -> str:
    """Address of a folder's page; of the space itself for an empty path."""
    names = [name for name in path.split("/") if name]
    inside = ["".join(f"{name}/" for name in names)] if names else []
    return reverse("web:folder", args=[space, *inside])


def file(space: str, path: str) -> str:
    """Address of a file's page."""
    return reverse("web:folder", args=[space, path])


def content(space: str, path: str) -> str:
    """Address of a file's bytes."""
    return f"/dav/{quote(space)}/{quote(path)}"


def archive(space: str, path: str) -> str:
    """Address of a folder as one thing."""
    return f"/tree/{quote(space)}/{quote(path)}"


def crumbs(space: str, names: Sequence[str]) -> list[Crumb]:
    """Every folder from the space down to a path, the last one too."""
    found = [Crumb(space, folder(space, ""))]
    for depth, name in enumerate(names, 1):
        found.append(Crumb(name, folder(space, "/".join(names[:depth]))))
    return found


def mark(entry: Entry) -> str:
    """What a page's address says of the last entry before it."""
    return f"{_MARK[entry.kind]}{entry.name}"


def after(text: str) -> tuple[EntryKind, str] | None:
    """Behind which entry a page begins; None for the first one."""
    kinds = {letter: kind for kind, letter in _MARK.items()}
    return (kinds[text[0]], text[1:]) if text and text[0] in kinds else None
