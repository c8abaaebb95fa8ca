"""The same in a shell: commands a page offers to copy."""

import json
import shlex
from urllib.parse import quote, urlencode

Command = tuple[str, str, str]
"""An id for the page, what it does, the text to copy."""

CURL = 'curl -f -H "Authorization: Bearer $WAYSTATION_TOKEN"'
"""The token is left to the reader's environment."""


def word(text: str) -> str:
    """One word of a shell, whatever is in it."""
    return shlex.quote(text)


def for_request(request_id: int, *, address: str) -> list[Command]:
    """Commands for one request."""
    curl = f"{CURL} {address}/api/v1/stage-requests/{request_id}"
    return [
        ("shell-follow", "Follow it until it ends", f"way status {request_id} --follow"),
        ("shell-failed", "List the failed files, and why", f"way status {request_id} --failed"),
        ("shell-retry", "Try the failed files again", f"way retry {request_id}"),
        ("shell-curl", "As JSON, for programs", curl),
    ]


def for_folder(space: str, path: str, *, address: str, nearline: bool = False) -> list[Command]:
    """Every action of one folder of a space: as `way`, and as curl, which any machine has.

    Args:
        space: name of it.
        path: of the folder.
        address: of this service.
        nearline: files of the space may be on tape.
    """
    here = f"{space}:/{path}{'/' if path else ''}"
    by_way = {
        "put": f"way put FILE {word(here)}",
        "up": f"way put -r FOLDER {word(here)}",
        "get": f"way get {word(here + 'FILE')}",
        "down": f"way get -r {word(here.rstrip('/') if path else here)} FOLDER",
        "list": f"way ls -l {word(here)}",
        "mkdir": f"way mkdir {word(here + 'NAME')}",
        "move": f"way mv {word(here + 'OLD')} {word(here + 'NEW')}",
        "delete": f"way rm -r {word(here + 'NAME')}",
    }
    found: list[Command] = []
    for name, words, curl in _by_curl(space, path, address):
        found.append((f"shell-way-{name}", words, by_way[name]))
        found.append((f"shell-{name}", "The same by curl", curl))
    if nearline:
        body = json.dumps({"paths": [f"{path}/FILE".lstrip("/")]}, ensure_ascii=False)
        url = word(f"{address}/api/v1/spaces/{quote(space)}/stage")
        asked = f"{CURL} -H 'Content-Type: application/json' -d {word(body)} {url}"
        found.append(("shell-bring", "Bring a file to disk by curl", asked))
    return found


def for_settings(space: str, *, address: str) -> list[Command]:
    """What is settled about a space, for managers; and what operators say on the machine."""
    url = word(f"{address}/api/v1/spaces/{quote(space)}/explain?account=NAME")
    name = word(space)
    return [
        ("shell-way-explain", "Why can somebody, or why not", f"way explain {name} NAME"),
        ("shell-explain", "The same by curl", f"{CURL} {url}"),
        ("shell-links", "Links of the space", f"way share list {name}"),
        ("shell-role", "On the server: a role", f"waystation space role {name} NAME writer"),
        (
            "shell-retain",
            "On the server: how long files are kept",
            f"waystation space retain {name} --keep-days 0 --delete-days 0",
        ),
        (
            "shell-hold",
            "On the server: a hold",
            f"waystation space hold {name} /FOLDER --why REASON",
        ),
    ]


def for_one(space: str, path: str, *, address: str) -> list[Command]:
    """What can be done with one file, on its own page."""
    place, at = word(f"{space}:/{path}"), word(f"{address}/dav/{quote(space)}/{quote(path)}")
    above, _, last = path.rpartition("/")
    to, name = word(f"{space}:/{above}{'/' if above else ''}NEW"), word(last)
    return [
        ("shell-way-get", "Download, the digest checked", f"way get {place}"),
        ("shell-get", "The same by curl", f"{CURL} -C - -o {name} {at}"),
        ("shell-way-move", "Rename or move", f"way mv {place} {to}"),
        ("shell-way-link", "A link for people without an account", f"way share make {place}"),
        ("shell-way-delete", "Delete; the trash keeps it", f"way rm {place}"),
        ("shell-delete", "The same by curl", f"{CURL} -X DELETE {at}"),
    ]


def for_search(text: str, space: str, folder: str, *, address: str) -> list[Command]:
    """The same search."""
    place = f" {word(f'{space}:/{folder}')}" if space else ""
    query = urlencode({"name": text, "space": space, "folder": folder})
    return [
        ("shell-way-find", "The same search, all of it", f"way find {word(text)}{place}"),
        (
            "shell-find",
            "A page of it by curl",
            f"{CURL} {word(f'{address}/api/v1/find?{query}')}",
        ),
    ]


def for_file(space: str, path: str, *, folder: bool, address: str) -> list[tuple[str, str]]:
    """What fetches one file or folder, to be copied: a word for it, and the line."""
    at, name = f"{quote(space)}/{quote(path)}", path.rpartition("/")[2]
    place = word(f"{space}:/{path}")
    if folder:
        tar = f"{CURL} {word(f'{address}/tree/{at}?archive=tar')} | tar x"
        return [("Copy as way", f"way get -r {place}"), ("Copy as curl", tar)]
    one = f"{CURL} -o {word(name)} {word(f'{address}/dav/{at}')}"
    return [("Copy as way", f"way get {place}"), ("Copy as curl", one)]


def _by_curl(space: str, path: str, address: str) -> list[Command]:
    folder = f"{address}/dav/{quote(space)}/{quote(path)}{'/' if path else ''}"
    tree = f"{address}/tree/{quote(space)}/{quote(path)}".rstrip("/")
    return [
        ("put", "Upload a file, the digest checked", _put(folder)),
        ("up", "Upload a whole folder", f"tar c FOLDER | {CURL} -T - '{tree}'"),
        ("get", "Download a file", f"{CURL} -OJ '{folder}FILE'"),
        ("down", "Download the whole folder", f"{CURL} '{tree}?archive=tar' | tar x"),
        ("list", "List the folder", f"{CURL} -X PROPFIND -H 'Depth: 1' '{folder}'"),
        ("mkdir", "Make a folder", f"{CURL} -X MKCOL '{folder}NAME'"),
        (
            "move",
            "Rename or move",
            f"{CURL} -X MOVE -H 'Destination: {folder}NEW' '{folder}OLD'",
        ),
        ("delete", "Delete; the trash keeps it", f"{CURL} -X DELETE '{folder}NAME'"),
    ]


def _put(folder: str) -> str:
    digest = '"Repr-Digest: sha-256=:$(openssl dgst -sha256 -binary FILE | base64):"'
    return f"{CURL} -H {digest} -T FILE '{folder}'"
