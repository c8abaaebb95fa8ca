"""The same in a shell, for who makes a link and for who visits it. Pure."""

import shlex
from urllib.parse import quote

from waystation.domains.sharing.door import Share
from waystation.interfaces.web.shell import Command


def address(server: str, secret: str) -> str:
    """Of a link's page."""
    return f"{server}/s/{secret}"


def content(secret: str, path: str) -> str:
    """Address of a file's bytes by a link, below the server's own."""
    return f"/s/{secret}/files/{quote(path)}"


def for_visitor(share: Share, server: str, secret: str, name: str) -> list[Command]:
    """What a visitor can do with curl.

    Args:
        share: the link.
        server: address of it.
        secret: of the link.
        name: of the shared file, else of an example file.
    """
    curl = "curl -f -u guest" if share.password else "curl -f"
    files = f"{address(server, secret)}/files/"
    if share.drop_box:
        put = f"{curl} -T FILE {shlex.quote(files)}"
        return [("line-put", "Put a file in with curl", put)]
    get = f"{curl} -OJ {shlex.quote(files + quote(name))}"
    more = "the download goes on where it broke off"
    on = f"{curl} -C - -O {shlex.quote(files + quote(name))}"
    return [("line-get", "Download with curl", get), ("line-on", f"Again: {more}", on)]
