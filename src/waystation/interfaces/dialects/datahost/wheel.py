"""The client as a wheel of its own, of the version that this server is.

Put together from the files that are installed here (PyPA: Binary distribution format 1.0), so that
it needs no builder, and pip takes it from our address. Its libraries are those of ours that it
uses, within the limits that ours say.
"""

import base64
import hashlib
import io
import zipfile
from functools import lru_cache
from importlib.metadata import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

_PACKAGE = "waystation_client"
_USES = ("httpx", "msgspec", "rich", "typer")
_SCRIPTS = """\
[console_scripts]
way = waystation_client.__main__:main
datahost-login = waystation_client.datahost.commands:login
datahost-logout = waystation_client.datahost.commands:logout
datahost-ls = waystation_client.datahost.commands:ls
datahost-rm = waystation_client.datahost.commands:rm
datahost-put = waystation_client.datahost.commands:put
datahost-get = waystation_client.datahost.commands:get
datahost-ssl-put = waystation_client.datahost.commands:ssl_put
datahost-ssl-get = waystation_client.datahost.commands:ssl_get
"""
_WHEEL = "Wheel-Version: 1.0\nGenerator: waystation\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same bytes from every server of one version


@lru_cache(maxsize=1)
def name() -> str:
    """Of the file; pip reads the version from it."""
    return f"{_PACKAGE}-{_version()}-py3-none-any.whl"


@lru_cache(maxsize=1)
def content() -> bytes:
    """The file."""
    about, made, record = f"{_PACKAGE}-{_version()}.dist-info", io.BytesIO(), []
    parts = dict(_sources(files(_PACKAGE), _PACKAGE))
    parts[f"{about}/METADATA"] = _metadata().encode()
    parts[f"{about}/WHEEL"] = _WHEEL.encode()
    parts[f"{about}/entry_points.txt"] = _SCRIPTS.encode()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for path, data in parts.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={digest},{len(data)}\n")
            out.writestr(zipfile.ZipInfo(path, _MOMENT), data, zipfile.ZIP_DEFLATED)
        listed = "".join([*record, f"{about}/RECORD,,\n"])
        out.writestr(zipfile.ZipInfo(f"{about}/RECORD", _MOMENT), listed, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    """Every module below, in order."""
    found: list[tuple[str, bytes]] = []
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inner = f"{path}/{each.name}"
        if each.is_dir() and each.name != "__pycache__":
            found += _sources(each, inner)
        elif each.name.endswith((".py", ".typed")):
            found.append((inner, each.read_bytes()))
    return found


def _metadata() -> str:
    ours = metadata("waystation")
    needs = [
        each
        for each in ours.get_all("Requires-Dist") or []
        if each.startswith(_USES) and ";" not in each
    ]
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {_PACKAGE.replace('_', '-')}",
        f"Version: {_version()}",
        f"Requires-Python: {ours['Requires-Python']}",
        *(f"Requires-Dist: {each}" for each in needs),
    ]
    return "\n".join(lines) + "\n"


def _version() -> str:
    return str(metadata("waystation")["Version"])
