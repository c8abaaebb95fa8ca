"""A proxy of our proxy (RFC 3820) for A-REX: it makes the key, we sign."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_PROXY_INFO = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14")
_INHERIT_ALL = bytes.fromhex("300c300a06082b06010505071501")  # ProxyCertInfo: id-ppl-inheritAll
_LENGTH, _LONG = 0x7F, 0x80
_VERSION = b"\x02\x01"


@dataclass(frozen=True, slots=True)
class Signed:
    """A proxy with its chain in PEM, and when it ends."""

    pem: bytes
    until: datetime


def sign(request: bytes, credential: bytes, now: datetime) -> Signed:
    """Sign what A-REX asks us to.

    Args:
        request: its certificate signing request, PEM.
        credential: our proxy: certificate, key and chain, PEM.
        now: the present moment.

    Raises:
        ValueError: one of them cannot be used.
    """
    chain = x509.load_pem_x509_certificates(credential)
    key = serialization.load_pem_private_key(credential, None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("the proxy's key is of no kind that can sign proxies")
    issuer, serial = chain[0], x509.random_serial_number() >> 96
    name = x509.NameAttribute(NameOID.COMMON_NAME, str(serial))
    until = min(each.not_valid_after_utc for each in chain)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([*issuer.subject, name]))
        .issuer_name(issuer.subject)
        .public_key(_asked(request).public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(until)
        .add_extension(x509.UnrecognizedExtension(_PROXY_INFO, _INHERIT_ALL), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    every = [made, *chain]
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in every)
    return Signed(pem, until)


def _asked(request: bytes) -> x509.CertificateSigningRequest:
    """A-REX 6 writes 2 as the version, which has to be 0; only its public key matters to us."""
    body = request.strip().splitlines()
    made = bytearray(base64.b64decode(b"".join(body[1:-1])))
    try:
        place = _contents(made, _contents(made, 0))
    except IndexError as problem:
        raise ValueError("A-REX asks for no signature") from problem
    if bytes(made[place : place + 2]) != _VERSION:
        raise ValueError("A-REX asks for a signature in an unknown way")
    made[place + 2] = 0
    return x509.load_der_x509_csr(bytes(made))


def _contents(made: bytearray, place: int) -> int:
    """Where the contents of a DER element begin."""
    length = made[place + 1]
    return place + 2 + (length & _LENGTH if length & _LONG else 0)
