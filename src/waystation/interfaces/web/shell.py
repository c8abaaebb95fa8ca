"""The same in a shell: commands a page offers to copy."""

from urllib.parse import quote

Command = tuple[str, str, str]
"""An id for the page, what it does, the text to copy."""


def for_request(request_id: int, *, address: str) -> list[Command]:
    """Commands for one request; the token is left to the reader's environment."""
    curl = (
        'curl -H "Authorization: Bearer $WAYSTATION_TOKEN" '
        f"{address}/api/v1/stage-requests/{request_id}"
    )
    return [
        ("shell-follow", "Follow it until it ends", f"way status {request_id} --follow"),
        ("shell-failed", "List the failed files, and why", f"way status {request_id} --failed"),
        ("shell-retry", "Try the failed files again", f"way retry {request_id}"),
        ("shell-curl", "As JSON, for programs", curl),
    ]


def for_folder(space: str, path: str, *, address: str) -> list[Command]:
    """Commands for one folder of a space, by curl: the way of any WebDAV client."""
    folder = f"{address}/dav/{quote(space)}/{quote(path)}{'/' if path else ''}"
    curl = 'curl -f -H "Authorization: Bearer $WAYSTATION_TOKEN"'
    return [
        ("shell-put", "Upload a file, the digest checked", _put(curl, folder)),
        ("shell-get", "Download a file", f"{curl} -OJ '{folder}FILE'"),
        ("shell-list", "List the folder", f"{curl} -X PROPFIND -H 'Depth: 1' '{folder}'"),
        ("shell-mkdir", "Make a folder", f"{curl} -X MKCOL '{folder}NAME'"),
        (
            "shell-move",
            "Rename or move",
            f"{curl} -X MOVE -H 'Destination: {folder}NEW' '{folder}OLD'",
        ),
        ("shell-delete", "Delete; the trash keeps it", f"{curl} -X DELETE '{folder}NAME'"),
    ]


def _put(curl: str, folder: str) -> str:
    digest = '"Repr-Digest: sha-256=:$(openssl dgst -sha256 -binary FILE | base64):"'
    return f"{curl} -H {digest} -T FILE '{folder}'"
