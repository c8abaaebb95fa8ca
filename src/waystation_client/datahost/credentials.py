"""What the ssl commands show: a certificate or grid proxy, or a token; where the grid keeps it."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from waystation_client.errors import NotConfiguredError, UnauthenticatedError

SOON = timedelta(hours=1)
_GRID_AUTHORITIES = Path("/etc/grid-security/certificates")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files with a certificate (and the chain behind a proxy), and its key."""

    certificate: Path
    key: Path

    def warning(self, now: datetime) -> str:
        """What to tell about its end; nothing when that is far, or nobody here can read it.

        Raises:
            UnauthenticatedError: it has ended.
        """
        ends = _ends(self.certificate)
        if ends is None or ends - now > SOON:
            return ""
        if ends <= now:
            raise UnauthenticatedError(
                f"{self.certificate} ended at {ends:%Y-%m-%d %H:%M} UTC.",
                next_step="Make a new proxy: grid-proxy-init, voms-proxy-init or arcproxy.",
            )
        return f"{self.certificate} ends in {(ends - now).seconds // 60} minutes."


def certificate(given: Mapping[str, str], environment: Mapping[str, str]) -> Certificate | None:
    """The certificate that was named, else the user's proxy; None when there is none.

    Raises:
        NotConfiguredError: a file that was named is not there or cannot be read.
    """
    named = given.get("cert") or given.get("key")
    shown = given.get("cert") or given.get("key") or environment.get("X509_USER_PROXY")
    if not shown:
        usual = Path(f"/tmp/x509up_u{os.getuid()}")  # noqa: S108 - where grid tools put it
        return Certificate(usual, usual) if _mine(usual) else None
    found = Certificate(Path(shown), Path((given.get("key") if named else None) or shown))
    for file in (found.certificate, found.key):
        if not os.access(file, os.R_OK):
            raise NotConfiguredError(f"{file} is not there, or cannot be read.")
    return found


def bearer_token(environment: Mapping[str, str]) -> str:
    """A token as the WLCG bearer token discovery finds it; empty when there is none.

    Source: WLCG Bearer Token Discovery 1.0, zenodo 3937438: BEARER_TOKEN, BEARER_TOKEN_FILE,
    $XDG_RUNTIME_DIR/bt_u$ID, /tmp/bt_u$ID, the first that is there.

    Raises:
        NotConfiguredError: BEARER_TOKEN_FILE names a file that cannot be read.
    """
    said = environment.get("BEARER_TOKEN", "").strip()
    if said:
        return said
    named = environment.get("BEARER_TOKEN_FILE")
    if named:
        return _read(Path(named))
    runtime = environment.get("XDG_RUNTIME_DIR")
    places = [Path(runtime)] if runtime else []
    for place in (*places, Path("/tmp")):  # noqa: S108 - the specification's own place
        file = place / f"bt_u{os.getuid()}"
        if _mine(file):
            return _read(file)
    return ""


def authorities(environment: Mapping[str, str]) -> Path | None:
    """Where trusted authorities are as `<hash>.0`, beside those of the system."""
    named = environment.get("X509_CERT_DIR")
    if named:
        return Path(named)
    return _GRID_AUTHORITIES if _GRID_AUTHORITIES.is_dir() else None


def _mine(file: Path) -> bool:
    """Whether a file in a place that everybody can write to is the user's own."""
    try:
        found = file.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotConfiguredError(f"{file} cannot be read as a token.") from error


def _ends(file: Path) -> datetime | None:
    """When the first certificate of a chain ends; None where nothing here can read one."""
    try:
        from cryptography import x509  # noqa: PLC0415 - slow, and not on every node
    except ImportError:
        return None
    try:
        chain = x509.load_pem_x509_certificates(file.read_bytes())
    except ValueError as error:
        raise NotConfiguredError(f"{file} holds no certificate.") from error
    return min(each.not_valid_after_utc for each in chain).astimezone(UTC)
