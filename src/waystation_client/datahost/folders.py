"""`datahost-put -r`: a whole folder, by `way put -r`: parallel, and the same line goes on."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from waystation_client.datahost.connection import Connection
from waystation_client.errors import MalformedError, NotConfiguredError


def put(
    connection: Connection,
    token: str | None,
    folder: Path,
    user: str,
    environment: Mapping[str, str],
    *,
    as_json: bool,
) -> int:
    """Send what is in a folder into one of the same name; the exit code of `way`.

    Args:
        connection: to the Data Host, as the one that is named there.
        token: its bearer token; None when a certificate is shown.
        folder: here.
        user: the account.
        environment: of the user.
        as_json: what went is printed as JSON.

    Raises:
        MalformedError: it is no folder.
        NotConfiguredError: this is the small client, which only sends files.
        WaystationError: refused, or no answer.
    """
    name = folder.resolve().name
    if not folder.is_dir() or not name:
        raise MalformedError(f"{folder} is no folder.", next_step="Send a file without -r.")
    if connection.trust.insecure or not importlib.util.find_spec("httpx"):
        raise NotConfiguredError(
            "Folders are sent to verified servers, by the command `way`, which is not here.",
            next_step="Install `way`; name the server's authority by --cacert.",
        )
    told = connection.call("GET", connection.address.path("list", username=user))
    shown, trusted = connection.certificate, connection.trust
    more = {
        "WAYSTATION_URL": str(connection.address),
        "WAYSTATION_TOKEN": token or "",
        **({"NO_PROXY": "*"} if connection.proxy is None else {}),
        **({"SSL_CERT_FILE": str(trusted.file)} if trusted.file else {}),
        **({"X509_CERT_DIR": str(trusted.directory)} if trusted.directory else {}),
        **({"X509_USER_PROXY": str(shown.certificate)} if shown else {}),
    }
    if shown and shown.key != shown.certificate:
        raise NotConfiguredError(
            "Folders are sent by a certificate and key in one file, as a grid proxy is.",
            next_step="Put both into one file, readable by you alone.",
        )
    target = f"{told['space']}:/{name}"
    words = ["put", "-r", *(["--json"] if as_json else []), "--", str(folder), target]
    way = [sys.executable, "-m", "waystation_client", *words]
    return subprocess.run(way, env={**environment, **more}, check=False).returncode
