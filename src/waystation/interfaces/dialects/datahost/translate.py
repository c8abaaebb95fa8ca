"""The old wire's words in ours. Pure."""

import re
from datetime import UTC

from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.kernel.errors import ForbiddenError, MalformedError

# Old browsers sent the whole path of a file, C:\data\a.dat or \\server\data\a.dat.
_WINDOWS = re.compile(r"(?:[A-Za-z]:\\|\\\\).*\\([^\\]*)|[A-Za-z]:\\([^\\]*)")


def stored_name(filename: str) -> str:
    """The name under which a file that came with this name is kept: its last part.

    The old host was a Django application, and Django drops the folders of an uploaded file's name
    (`UploadedFile.name`), so a path in it never leads anywhere.

    Raises:
        MalformedError: nothing is left.
    """
    windows = _WINDOWS.fullmatch(filename)
    name = next((part for part in windows.groups() if part is not None), "") if windows else ""
    name = (name if windows else filename).rsplit("/", 1)[-1]
    if not name.strip():
        raise MalformedError("The file came without a name.", advice="-F file2xmit=@FILE")
    return name


def own_name(username: str, account: str) -> None:
    """The form field `username` says what the credential says already, or the call is refused.

    Raises:
        ForbiddenError: it names somebody else.
    """
    if username.strip() != account:
        raise ForbiddenError(
            f"You are {account!r} here; those of {username.strip()[:80]!a} are not yours.",
            advice=f"Send username={account}, or show the other account's own credential.",
        )


def space_of(template: str, account: str) -> str:
    """The space that an account's files are in."""
    return template.replace("{user}", account)


def listed(entry: Entry) -> dict[str, object]:
    """An entry of a folder for `datahost-ls`."""
    return {
        "name": entry.name,
        "folder": entry.folder,
        "bytes": entry.size,
        "modified": entry.mtime.astimezone(UTC).isoformat(timespec="seconds"),
        "sha256": entry.sha256.hex() if entry.sha256 is not None else None,
    }


def mark(entry: Entry) -> str:
    """Where a page of a listing ended."""
    return f"{entry.kind.value}/{entry.name}"


def marked(text: str) -> tuple[EntryKind, str] | None:
    """Where to go on; None is from the beginning.

    Raises:
        MalformedError: it is no such place.
    """
    if not text:
        return None
    kind, _, name = text.partition("/")
    if kind not in {str(each.value) for each in EntryKind}:
        raise MalformedError("`after` is what `next` of the page before said.")
    return EntryKind(int(kind)), name
