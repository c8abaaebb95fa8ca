"""A credential that says nothing.

ARC's client wants one before it does anything; by the INTERNAL interface A-REX asks nobody who
they are. So it gets one that nobody has signed.
"""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from waystation.kernel.clock import Clock

_BITS = 2048
_DAYS = 2


def unsigned(clock: Clock) -> str:
    """Certificate and key in PEM, good for two days."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Waystation")])
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_DAYS))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    text = made.public_bytes(serialization.Encoding.PEM)
    return (text + key.private_bytes(serialization.Encoding.PEM, kind, plain)).decode()
