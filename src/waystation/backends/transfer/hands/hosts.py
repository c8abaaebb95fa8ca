"""Which hosts programs of ours may be sent to: an endpoint may be told by a partner."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_PORTS = {"gsiftp": 2811, "ftp": 21, "rsync": 873, "ssh": 22}
_URL = re.compile(r"(?:(?P<scheme>[a-z]+)://)?(?:[^@/]*@)?(?P<host>\[[^\]]*\]|[^:/]*)"
                  r"(?::(?P<port>\d+))?[:/].*")  # fmt: skip


def objection(url: str, names: Sequence[str]) -> str | None:
    """Why the host of a URL, or of `host:/folder`, may not be reached; None when it may.

    Args:
        url: of the endpoint.
        names: `host`, `*.example.org`, or `host:port` for that port alone. Empty is nobody.
    """
    found = _URL.fullmatch(f"{url}/")
    if found is None:
        return "The address has no host."
    host = found["host"].lower()
    port = found["port"] or _PORTS.get(found["scheme"] or "ssh", 0)
    for name in names:
        if fnmatchcase(f"{host}:{port}" if ":" in name else host, name.lower()):
            return None
    return f"Transfers to {host} are not allowed here; operators list hosts in transfers.hosts."
