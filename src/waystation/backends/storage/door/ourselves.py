"""Who we are at a door: a bearer token or an X.509 certificate, both renewed on disk."""

import ssl
from pathlib import Path

from waystation.backends.storage.door.config import DoorConfig
from waystation.kernel.errors import UnavailableError

Stamps = tuple[tuple[int, int] | None, ...]


def token(place: Path) -> str:
    """The bearer token of a file, as it is now.

    Raises:
        UnavailableError: it cannot be read or holds none.
    """
    try:
        found = place.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise UnavailableError(
            f"The token in {place} cannot be read.",
            advice="Let whoever renews the token write it there, readable by us.",
        ) from problem
    if not found or any(mark.isspace() for mark in found):
        raise UnavailableError(
            f"{place} holds no token.", advice="It must hold one bearer token and nothing else."
        )
    return found


def tls(config: DoorConfig) -> ssl.SSLContext:
    """Whom we believe and, with a certificate, who we are.

    Raises:
        UnavailableError: authorities, or our certificate and key, cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=config.ca_file, capath=config.ca_dir)
        if config.certificate is not None:
            context.load_cert_chain(config.certificate, config.key, password="")
    except (OSError, ssl.SSLError) as problem:
        raise UnavailableError(
            f"The certificates of the store {config.name!r} cannot be used: {problem}.",
            advice="Look at certificate, key, ca_file and ca_dir: PEM, readable by us.",
        ) from problem
    return context


def stamps(config: DoorConfig) -> Stamps:
    """Other ones when a file of `tls` was renewed."""
    return tuple(map(_stamp, (config.certificate, config.key, config.ca_file, config.ca_dir)))


def _stamp(place: Path | None) -> tuple[int, int] | None:
    try:
        seen = place.stat() if place is not None else None
    except OSError:
        return None
    return (seen.st_ino, seen.st_mtime_ns) if seen is not None else None
