"""Who is behind a TLS connection: read from the chain that OpenSSL verified, not the leaf."""

import _ssl
import ssl
from collections.abc import Sequence
from typing import Any

from cryptography import x509

from waystation.interfaces.credentials import Credential
from waystation.interfaces.grid import names

# RFC 3820, section 3.1: the extension that makes a certificate a proxy.
_PROXY_CERT_INFO = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14")
# The policy of Globus' limited proxies, 1.3.6.1.4.1.3536.1.1.1.9, as DER.
_LIMITED = bytes.fromhex("060b2b060104019b5001010109")


def of_connection(connection: ssl.SSLObject) -> Credential | None:
    """What the client showed, None when it showed no certificate.

    Raises:
        ssl.SSLError: it showed one, but what was verified is not known (a resumed session).
    """
    if connection.getpeercert(binary_form=True) is None:
        return None
    return of_chain([x509.load_der_x509_certificate(der) for der in _chain(connection)])


def of_chain(chain: Sequence[x509.Certificate]) -> Credential:
    """Who a verified chain, leaf first, speaks for: the first certificate that is no proxy.

    OpenSSL has checked the rules of RFC 3820 already: names, path lengths, key usage, lifetimes.

    Raises:
        ssl.SSLError: there is no such certificate, which cannot be of a verified chain.
    """
    limited = False
    for depth, each in enumerate(chain):
        info = _proxy_info(each)
        if info is None:
            ends = min(c.not_valid_after_utc for c in chain[: depth + 1])
            return Credential(names.written(each.subject), limited, ends, proxy=depth > 0)
        limited = limited or _LIMITED in info
    raise ssl.SSLError("a certificate was shown, but no chain was verified")


def _proxy_info(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_oid(_PROXY_CERT_INFO)
    except x509.ExtensionNotFound:
        return None
    value = found.value
    return value.value if isinstance(value, x509.UnrecognizedExtension) else b""


def _chain(connection: ssl.SSLObject) -> list[bytes]:
    """The verified chain as DER, leaf first; Python has a public name for it since 3.13 only."""
    public: Any = getattr(connection, "get_verified_chain", None)
    if public is not None:
        return list(public())
    inner: Any = connection._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    return [each.public_bytes(_ssl.ENCODING_DER) for each in inner.get_verified_chain() or ()]
