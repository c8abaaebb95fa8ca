"""`/datahost/clients/`: the commands as one file for any Python, and the curl lines of old."""

import io
import zipfile
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from waystation.interfaces.dialects.datahost import wheel
from waystation.interfaces.hot.reply import Send
from waystation.interfaces.mouths import Headers, Scope

ARCHIVE = "datahost.pyz"
_PACKAGE = "waystation_client"
# Of the client only what these commands need, which is Python's own library and nothing else.
_MODULES = (
    "__init__.py",
    "errors.py",
    "exit_codes.py",
    "sizes.py",
    "screens/__init__.py",
    "screens/listing.py",
)
_MAIN = "from waystation_client.datahost.__main__ import main\n\nmain()\n"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same bytes from every server of one version

_PAGE = """\
The Data Host commands.

One file for any Python from 3.11 on:

  curl -fO https://{host}/datahost/clients/{archive}
  python3 {archive} login https://{host} USER
  python3 {archive} put https://{host} USER FILE
  python3 {archive} --help

The modern command, with Python 3.11 and pip; folders, resuming, progress:

  pip install https://{host}/datahost/clients/{wheel}
  way login https://{host}
  way put -r FOLDER SPACE:/PATH

With a grid proxy and curl alone, where GRID is this server's grid port:

  curl --capath /etc/grid-security/certificates --cert PROXY --key PROXY \\
    -F file2xmit=@FILE -F username=USER https://GRID/datahost/transmit/
  curl --capath /etc/grid-security/certificates --cert PROXY --key PROXY -o FILE \\
    'https://GRID/datahost/receive/?filename=FILE&username=USER'

With a token instead of a proxy: -H 'Authorization: Bearer way_...', at https://{host} too.
"""


async def page(send: Send, scope: Scope) -> None:
    """What there is, with this server's own address in it; plain text."""
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    host = dict(headers).get(b"host", b"SERVER").decode("latin-1")
    text = _PAGE.format(host=host, archive=ARCHIVE, wheel=wheel.name())
    await _send(send, b"text/plain; charset=utf-8", text.encode())


async def modern(send: Send) -> None:
    """`way` and its library as a wheel."""
    await _send(send, b"application/zip", wheel.content())


async def archive(send: Send) -> None:
    """The commands as a zip file that Python runs."""
    await _send(send, b"application/zip", _archive())


@lru_cache(maxsize=1)
def _archive() -> bytes:
    root, made = files(_PACKAGE), io.BytesIO()
    made.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as out:
        _put(out, "__main__.py", _MAIN.encode())
        for name in _MODULES:
            _put(out, f"{_PACKAGE}/{name}", (root / name).read_bytes())
        for each in sorted(_sources(root / "datahost"), key=lambda file: file.name):
            _put(out, f"{_PACKAGE}/datahost/{each.name}", each.read_bytes())
    return made.getvalue()


def _sources(folder: Traversable) -> list[Traversable]:
    return [each for each in folder.iterdir() if each.name.endswith(".py")]


def _put(out: zipfile.ZipFile, name: str, data: bytes) -> None:
    out.writestr(zipfile.ZipInfo(name, _MOMENT), data, zipfile.ZIP_DEFLATED)


async def _send(send: Send, media: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", media),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-cache"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
