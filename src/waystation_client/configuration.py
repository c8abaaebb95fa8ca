"""Which server, and with which token: the environment first, then the user's own file."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from waystation_client.datahost import credentials
from waystation_client.errors import NotConfiguredError

URL_VARIABLE = "WAYSTATION_URL"
TOKEN_VARIABLE = "WAYSTATION_TOKEN"  # noqa: S105 - the name of a variable, not a token


@dataclass(frozen=True, slots=True)
class Connection:
    """A server's address and, once signed in, the token for it."""

    url: str
    token: str | None


def file_path(environment: Mapping[str, str]) -> Path:
    """Return where `way login` keeps address and token (XDG Base Directory specification)."""
    base = environment.get("XDG_CONFIG_HOME") or ""
    # The specification says to ignore a relative XDG_CONFIG_HOME.
    root = Path(base) if base.startswith("/") else Path.home() / ".config"
    return root / "waystation" / "client.toml"


def load(environment: Mapping[str, str]) -> Connection:
    """Return the connection to use.

    The token in the file is used only for the address it was stored for, so that setting
    WAYSTATION_URL never sends it to another server. One that the WLCG's bearer token discovery
    finds (BEARER_TOKEN, BEARER_TOKEN_FILE and so on) is taken when there is no other.

    Raises:
        NotConfiguredError: No address is known, or the file cannot be read.
    """
    stored = _stored(file_path(environment))
    url = environment.get(URL_VARIABLE) or (stored.url if stored else "")
    if not url:
        raise NotConfiguredError(
            "No Waystation server is known.",
            next_step=f"Sign in with: way login https://SERVER   (or set {URL_VARIABLE})",
        )
    token = environment.get(TOKEN_VARIABLE) or None
    if token is None and stored is not None and _same(stored.url, url):
        token = stored.token
    if token is None:
        token = credentials.bearer_token(environment) or None
    return Connection(url, token)


def save(connection: Connection, environment: Mapping[str, str]) -> Path:
    """Store address and token, readable by the user alone; return where.

    Raises:
        NotConfiguredError: The file cannot be written.
    """
    path = file_path(environment)
    # A JSON string is a TOML basic string as long as it is ASCII, which json.dumps makes it.
    text = f"url = {json.dumps(connection.url)}\ntoken = {json.dumps(connection.token or '')}\n"
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        raise NotConfiguredError(
            f"Cannot write {path}: {error.strerror}.",
            next_step=f"Or set {URL_VARIABLE} and {TOKEN_VARIABLE} instead.",
        ) from error
    return path


def _stored(path: Path) -> Connection | None:
    try:
        members = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotConfiguredError(
            f"Cannot read {path}: {error}.", next_step="Remove it and run `way login` again."
        ) from error
    return Connection(str(members.get("url", "")), str(members.get("token", "")) or None)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
