"""Grid proxies that are delegated to us: a key of ours, a request, and the proof of its answer.

The proof is a TLS handshake with ourselves, in memory: we show the new proxy with its key and its
chain to a context like the grid port's. What OpenSSL lets in there is good here, by the same
authorities, revocation lists and rules of RFC 3820, and the name is read from the same chain.
"""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from waystation.interfaces.credentials import Credential
from waystation.interfaces.grid import tls
from waystation.interfaces.grid.identity import of_connection
from waystation.interfaces.grid.tls import GridTls
from waystation.kernel.errors import MalformedError, UnavailableError

KEY_BITS = 2048
"""Of our key of each proxy; as grid sites ask at least (IGTF)."""
MOST = 65_536
"""Characters of certificate and chain together."""
_ROUNDS = 12
# RFC 3820, section 3.8: proxyCertInfo, critical; the policy is to inherit all.
_PROXY_CERT_INFO = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14")
_INHERIT_ALL = bytes.fromhex("300c300a06082b06010505071501")
# Attribute certificates of VOMS, and in them the names of groups and roles, as OCTET STRINGs.
_VOMS = x509.ObjectIdentifier("1.3.6.1.4.1.8005.100.100.5")
_OCTETS, _LONGEST_SHORT = 0x04, 0x80


@dataclass(frozen=True, slots=True)
class Begun:
    """A delegation that waits for its signature: our key, and the request for the client."""

    key: str
    request: str


@dataclass(frozen=True, slots=True)
class Delegated:
    """A proxy that is good.

    Attributes:
        shown: who it speaks for.
        attribute: of VOMS, the first; empty of none.
        pem: certificate, key and chain.
    """

    shown: Credential
    attribute: str
    pem: str


def begin(certificate: str, now: datetime) -> Begun:
    """A key, and a request to sign it by the proxy of which this is the certificate.

    Raises:
        MalformedError: that is no proxy, or one that has ended.
    """
    issuer = _certificate(certificate)
    if issuer.not_valid_after_utc <= now:
        raise MalformedError("Given certificate is expired")
    _need_proxy(issuer, "Issuer cert is not a valid proxy")
    key = rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(issuer.subject)
        .add_extension(x509.UnrecognizedExtension(_PROXY_CERT_INFO, _INHERIT_ALL), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return Begun(pem.decode(), made.public_bytes(serialization.Encoding.PEM).decode())


def finish(key: str, certificate: str, chain: str, files: GridTls) -> Delegated:
    """The proxy that was made of our request, when it is good.

    Raises:
        MalformedError: it is not, with the reason.
        UnavailableError: this server's own files for it are of no use.
    """
    if len(certificate) + len(chain) > MOST:
        raise MalformedError("The certificate is too long")
    _need_proxy(_certificate(certificate), "cert is not a valid proxy")
    pem = f"{certificate.strip()}\n{key.strip()}\n{chain.strip()}\n"
    shown = _proven(pem, files)
    if shown is None:
        raise MalformedError("cert is not a valid proxy")
    return Delegated(shown, _attribute(certificate, chain), pem)


def _certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as problem:
        raise MalformedError("The certificate cannot be read") from problem


def _need_proxy(certificate: x509.Certificate, words: str) -> None:
    try:
        certificate.extensions.get_extension_for_oid(_PROXY_CERT_INFO)
    except (x509.ExtensionNotFound, ValueError) as problem:
        raise MalformedError(words) from problem


def _proven(pem: str, files: GridTls) -> Credential | None:
    """Who the proxy speaks for, as our own grid port would say."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE  # the server is ourselves
    try:
        # OpenSSL's Python face loads keys from files only.
        with tempfile.TemporaryDirectory(prefix="act-") as folder:
            place = Path(folder) / "proxy"
            place.touch(mode=0o600)
            place.write_text(pem)
            client.load_cert_chain(place)
    except (ssl.SSLError, ValueError, OSError) as problem:
        raise MalformedError("The certificate is not of the key that was asked for") from problem
    try:
        server = tls.context(files)
    except (ssl.SSLError, OSError) as problem:
        raise UnavailableError(
            "Proxies cannot be checked now.", advice="Tell the operators: [grid] is not right."
        ) from problem
    server.verify_mode = ssl.CERT_REQUIRED
    try:
        return of_connection(_shaken(client, server))
    except ssl.SSLError as problem:
        words = getattr(problem, "verify_message", "") or problem.reason or "it is not good"
        raise MalformedError(f"cert is not a valid proxy: {words}") from problem


def _shaken(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLObject:
    """The server's side of a connection between the two."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(up, down, server_side=True)
    theirs = client.wrap_bio(down, up)
    done: set[ssl.SSLObject] = set()
    for _ in range(_ROUNDS):
        for side in (theirs, ours):
            if side in done:
                continue
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            done.add(side)
        if ours in done:
            return ours
    raise ssl.SSLError("the handshake does not end")


def _attribute(certificate: str, chain: str) -> str:
    """The first group or role that VOMS wrote into the chain; empty of none.

    Nobody is let in by it: it keeps apart the proxies of one person.
    """
    for each in x509.load_pem_x509_certificates(
        f"{certificate.strip()}\n{chain.strip()}".encode()
    ):
        try:
            found = each.extensions.get_extension_for_oid(_VOMS).value
        except (x509.ExtensionNotFound, ValueError):
            continue
        name = _first(found.value) if isinstance(found, x509.UnrecognizedExtension) else ""
        if name:
            return name
    return ""


def _first(der: bytes) -> str:
    """The first OCTET STRING in it that is a name of VOMS, `/vo/group/Role=…`."""
    for at in range(len(der) - 2):
        if der[at] == _OCTETS and der[at + 1] < _LONGEST_SHORT and der[at + 2 : at + 3] == b"/":
            text = der[at + 2 : at + 2 + der[at + 1]]
            if len(text) == der[at + 1] and text.isascii():
                return text.decode()
    return ""
