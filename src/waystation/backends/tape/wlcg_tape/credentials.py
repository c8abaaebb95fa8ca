"""Who we are at the other site: a bearer token or an X.509 certificate, both renewed on disk."""

import base64
import binascii
import json
import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509

from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.domains.staging.errors import BackendUnavailableError

JWT_PARTS = 3


def token(place: Path) -> str:
    """The bearer token of a file, as it is now.

    Raises:
        BackendUnavailableError: it cannot be read or holds none.
    """
    try:
        found = place.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BackendUnavailableError(
            f"The token in {place} cannot be read: {error}.",
            advice="Let whoever renews the token write it there, readable by us.",
        ) from error
    if not found or any(mark.isspace() for mark in found):
        raise BackendUnavailableError(
            f"{place} holds no token.", advice="It must hold one bearer token and nothing else."
        )
    return found


def claims(told: str) -> dict[str, object]:
    """What a JSON Web Token says of itself, not verified; empty for other tokens."""
    parts = told.split(".")
    if len(parts) != JWT_PARTS:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def ends(certificate: Path) -> datetime:
    """When a certificate, or the first of a proxy's chain, runs out.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no PEM certificate.
    """
    chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    return min(each.not_valid_after_utc for each in chain)


def tls(config: WlcgTapeConfig) -> ssl.SSLContext:
    """Whom we believe and, with a certificate, who we are.

    Authorities that cannot be read are nobody: `checks` says why.

    Raises:
        BackendUnavailableError: our certificate and key cannot be used.
    """
    if config.ca_file is None and config.ca_dir is None:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(config.ca_file, config.ca_dir)
        except (OSError, ssl.SSLError):
            return context
    if config.certificate is not None:
        try:
            context.load_cert_chain(config.certificate, config.key, password="")
        except (OSError, ssl.SSLError) as error:
            raise BackendUnavailableError(
                f"Our certificate {config.certificate} cannot be used: {error}.",
                advice="Check `certificate` and `key`: PEM, readable by us, without a password.",
            ) from error
    return context


def fingerprint(config: WlcgTapeConfig) -> tuple[object, ...]:
    """Changes when a file of `tls` was renewed."""
    places = (config.certificate, config.key, config.ca_file, config.ca_dir)
    return tuple(_stamps(place for place in places if place is not None))


def _stamps(places: Iterator[Path]) -> Iterator[object]:
    for place in places:
        try:
            seen = place.stat()
        except OSError:
            yield None
        else:
            yield (seen.st_ino, seen.st_mtime_ns, seen.st_size)
