"""A grid for the demonstration: an authority, the host's certificate, and a pilot's proxy.

Good for a day and on this machine only. By the cryptography library, which the service has anyway.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)
_PROXY_CERT_INFO = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14")
# RFC 3820: SEQUENCE { SEQUENCE { id-ppl-inheritAll } }, without a length of path.
_INHERIT_ALL = bytes.fromhex("300c300a06082b06010505071501")


@dataclass(frozen=True, slots=True)
class Grid:
    """Where everything is.

    Attributes:
        authority: the authority's certificate.
        trusted: the folder with it as `<hash>.0`.
        certificate, key: the host's.
        subject: of the person whose proxy it is.
        proxy: the pilot's, with its key and chain.
    """

    authority: Path
    trusted: Path
    certificate: Path
    key: Path
    subject: str
    proxy: Path


@dataclass(frozen=True, slots=True)
class _Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make(home: Path, now: datetime) -> Grid:
    """Make all of it in a folder."""
    trusted = home / "certificates"
    trusted.mkdir(parents=True, mode=0o755)
    grid = Grid(
        home / "ca.pem",
        trusted,
        home / "host.pem",
        home / "host.key",
        "CN=dora",
        home / "proxy.pem",
    )
    ca = _issue("demo authority", None, now, x509.BasicConstraints(ca=True, path_length=None))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    host = _issue("localhost", ca, now, names)
    person = _issue("dora", ca, now, x509.BasicConstraints(ca=False, path_length=None))
    info = x509.UnrecognizedExtension(_PROXY_CERT_INFO, _INHERIT_ALL)
    proxy = _issue("1", person, now, info)
    grid.authority.write_bytes(_pem(ca))
    # As OpenSSL looks authorities up: SHA-1 of the name in canonical form, which a short name in
    # small letters is already, without its outermost header.
    name = hashlib.sha1(ca.certificate.subject.public_bytes()[2:], usedforsecurity=False).digest()
    (trusted / f"{int.from_bytes(name[:4], 'little'):08x}.0").write_bytes(_pem(ca))
    grid.certificate.write_bytes(_pem(host))
    grid.key.write_bytes(_key(host))
    grid.key.chmod(0o600)
    grid.proxy.write_bytes(_pem(proxy) + _key(proxy) + _pem(person))
    grid.proxy.chmod(0o600)
    return grid


def _issue(
    name: str, issuer: _Issued | None, now: datetime, extension: x509.ExtensionType
) -> _Issued:
    """A certificate; a proxy's subject is its issuer's with a name more."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.NameAttribute(NameOID.COMMON_NAME, name)
    is_proxy = isinstance(extension, x509.UnrecognizedExtension)
    above = list(issuer.certificate.subject.rdns) if issuer and is_proxy else []
    subject = x509.Name([*above, x509.RelativeDistinguishedName([own])])
    by = issuer.certificate.subject if issuer else subject
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuer is None,
        crl_sign=issuer is None,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _DAY)
        .add_extension(usage, critical=True)
        .add_extension(extension, critical=issuer is None or is_proxy)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return _Issued(made, key)


def _pem(issued: _Issued) -> bytes:
    return issued.certificate.public_bytes(serialization.Encoding.PEM)


def _key(issued: _Issued) -> bytes:
    return issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
