"""Keys, certificate requests and self-signed certificates, by the cryptography library."""

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import ConflictError

_DAYS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Files:
    """Where key, request and certificate are."""

    home: Path

    @property
    def key(self) -> Path:
        """The private key, readable by us only."""
        return self.home / "key.pem"

    @property
    def request(self) -> Path:
        """For the certificate authority."""
        return self.home / "request.pem"

    @property
    def certificate(self) -> Path:
        """The authority's answer, chain after it; or our own."""
        return self.home / "certificate.pem"


def own_name() -> str:
    """This machine's full name."""
    return socket.getfqdn()


def request(home: Path, names: list[str]) -> Files:
    """Make a key (P-256) and a request for these names and addresses.

    Raises:
        ConflictError: there is a key already; it is never overwritten.
    """
    files = Files(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if files.key.exists():
        raise ConflictError(
            f"There is a key already: {files.key}.",
            advice="Move it away first if you want a new one.",
        )
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
    asked = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
        .add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    files.request.write_bytes(asked.public_bytes(serialization.Encoding.PEM))
    return files


def sign(files: Files) -> None:
    """Sign the request with its own key: good for a first look, not for others."""
    asked = x509.load_pem_x509_csr(files.request.read_bytes())
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = SystemClock().now()
    names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    made = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(asked.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _DAYS)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _alternative(name: str) -> x509.GeneralName:
    """An address as an address, everything else as a DNS name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
