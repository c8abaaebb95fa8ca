"""What clients delegate to it: it makes the key, they sign."""

import secrets
import threading
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Delegation:
    """One: its key, and what was signed, oldest first."""

    key: ec.EllipticCurvePrivateKey
    signed: list[bytes] = field(default_factory=list)

    def request(self) -> bytes:
        """What is to be signed, PEM."""
        made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        pem = serialization.Encoding.PEM
        return made.sign(self.key, hashes.SHA256()).public_bytes(pem)

    @property
    def subject(self) -> str:
        """Whose proxy it holds now: the name without what proxies add to it."""
        chain = x509.load_pem_x509_certificates(self.signed[-1])
        return chain[-1].subject.rfc4514_string()


class Delegations:
    """All of them, by name."""

    def __init__(self) -> None:
        self.every: dict[str, Delegation] = {}
        self._lock = threading.Lock()

    def new(self) -> tuple[str, bytes]:
        """A name, and what is to be signed for it."""
        name = secrets.token_hex(8)
        with self._lock:
            self.every[name] = Delegation(ec.generate_private_key(ec.SECP256R1()))
        return name, self.every[name].request()

    def renew(self, name: str) -> bytes | None:
        """What is to be signed anew; None when there is no such delegation."""
        found = self.every.get(name)
        return found.request() if found is not None else None

    def put(self, name: str, pem: bytes) -> bool:
        """Take what was signed; False when it is of another key, or there is no such one."""
        found = self.every.get(name)
        if found is None:
            return False
        made = x509.load_pem_x509_certificate(pem)
        if made.public_key() != found.key.public_key():
            return False
        found.signed.append(pem)
        return True
