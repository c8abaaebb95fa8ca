"""Signing a key of the server with the user's grid proxy (RFC 3820)."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from waystation_client.act.errors import ActError

_PEM = re.compile("-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)
# RFC 3820, section 3.8: proxyCertInfo, critical; the policy is to inherit all.
_PROXY_CERT_INFO = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14")
_INHERIT_ALL = bytes.fromhex("300c300a06082b06010505071501")
_UNUSED = (
    *("content_commitment", "key_encipherment", "data_encipherment", "key_cert_sign"),
    *("crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A grid proxy in a file: its certificate, what stands behind it, and its key."""

    certificate: x509.Certificate
    chain: str
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """Of the certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def ends(self) -> datetime:
        """When it does."""
        return self.certificate.not_valid_after_utc


def load(path: Path) -> Proxy:
    """A proxy from its file: certificate, key, chain.

    Raises:
        ActError: there is none, or it has ended.
    """
    try:
        parts = _PEM.findall(path.read_text())
    except (OSError, UnicodeDecodeError) as problem:
        raise ActError(f"Could not find proxy certificate in {path}") from problem
    keys = [part for part in parts if "PRIVATE KEY" in part]
    rest = [part for part in parts if "PRIVATE KEY" not in part]
    if not keys or not rest:
        raise ActError(f"{path} holds no proxy: a certificate, its key, and its chain.")
    try:
        certificate = x509.load_pem_x509_certificate(rest[0].encode())
        key = serialization.load_pem_private_key(keys[0].encode(), None)
    except (ValueError, TypeError) as problem:
        raise ActError(f"{path} cannot be read: {problem}") from problem
    if certificate.not_valid_after_utc <= datetime.now(UTC):
        raise ActError(f"The proxy in {path} has ended: make a new one.")
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return Proxy(certificate, "".join(f"{part}\n" for part in rest[1:]), key)


def signed(proxy: Proxy, request: str) -> str:
    """The certificate of a request, as a proxy of the proxy, good as long as that.

    Raises:
        ActError: it is no good request.
    """
    try:
        asked = x509.load_pem_x509_csr(request.encode())
    except ValueError as problem:
        raise ActError("The server sent no request to sign.") from problem
    if not asked.is_signature_valid:
        raise ActError("The request of the server is not signed by its key.")
    issuer = proxy.certificate
    number = str(time.time_ns() // 1_000_000_000)
    name = x509.Name([*issuer.subject, x509.NameAttribute(x509.NameOID.COMMON_NAME, number)])
    usage = x509.KeyUsage(
        digital_signature=True, key_agreement=True, **dict.fromkeys(_UNUSED, False)
    )
    made = (
        x509.CertificateBuilder()
        .issuer_name(issuer.subject)
        .subject_name(name)
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .public_key(asked.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.UnrecognizedExtension(_PROXY_CERT_INFO, _INHERIT_ALL), critical=True)
        .sign(proxy.key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
