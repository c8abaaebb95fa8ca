"""An authority, a host, people and their RFC 3820 proxies, made with plain openssl."""

import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

HOST = "/DC=test/CN=localhost"
ALICE = "/DC=test/CN=Alice Example"
INHERIT_ALL = "language:id-ppl-inheritAll"
LIMITED = "language:1.3.6.1.4.1.3536.1.1.1.9"
_PERSON = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
_serials = count(1000)


def openssl(*words: object, cwd: Path | None = None, check: bool = True) -> str:
    """Run it; what it printed."""
    done = subprocess.run(
        ["openssl", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Signed:
    """A key and its certificate; `chain` is what stands between it and the authority."""

    name: str
    subject: str
    certificate: Path
    key: Path
    chain: tuple[Path, ...] = ()

    @property
    def pem(self) -> Path:
        """All in one file, in the order that grid tools want: certificate, key, chain."""
        made = self.certificate.with_name(f"{self.name}-all.pem")
        if not made.exists():
            parts = [self.certificate, self.key, *self.chain]
            made.write_text("".join(part.read_text() for part in parts))
            made.chmod(0o600)
        return made


class Authority:
    """Signs for one test run; `directory` is laid out as IGTF does."""

    def __init__(self, home: Path, name: str = "Test CA") -> None:
        self.home = home
        self.directory = home / "certificates"
        self.directory.mkdir(parents=True)
        self.certificate, self.key = home / "ca.pem", home / "ca.key"
        openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-keyout", self.key, "-out", self.certificate, "-subj", f"/DC=test/CN={name}"),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )
        self.hash = openssl("x509", "-in", self.certificate, "-noout", "-hash").strip()
        self.trust(self.directory)

    def trust(self, directory: Path) -> None:
        """Put this authority among the trusted ones of a directory."""
        (directory / f"{self.hash}.0").write_text(self.certificate.read_text())

    def host(self) -> Signed:
        """The server's own."""
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
        return self._sign("host", HOST, _PERSON + names + "extendedKeyUsage=serverAuth\n")

    def person(self, name: str, subject: str) -> Signed:
        """Somebody's."""
        return self._sign(name, subject, _PERSON + "extendedKeyUsage=clientAuth\n")

    def revoke(self, *those: Signed) -> Path:
        """Write the revocation list beside the authority, `<hash>.r0`."""
        index, conf = self.home / "index.txt", self.home / "crl.cnf"
        index.touch()
        conf.write_text(
            f"[ca]\ndefault_ca=me\n[me]\ndatabase={index}\ndefault_md=sha256\n"
            f"default_crl_days=10\ncertificate={self.certificate}\nprivate_key={self.key}\n"
        )
        for each in those:
            openssl("ca", "-config", conf, "-revoke", each.certificate)
        made = self.directory / f"{self.hash}.r0"
        openssl("ca", "-config", conf, "-gencrl", "-out", made)
        return made

    def _sign(self, name: str, subject: str, extensions: str) -> Signed:
        return _sign(
            self.home,
            name,
            subject,
            ("-CA", self.certificate, "-CAkey", self.key, "-days", "20"),
            extensions,
        )


def proxy(
    issuer: Signed,
    name: str,
    *,
    policy: str = INHERIT_ALL,
    subject: str | None = None,
    days: int = 1,
) -> Signed:
    """A proxy certificate (RFC 3820) of somebody, or of their proxy."""
    number = next(_serials)
    made = _sign(
        issuer.certificate.parent,
        name,
        subject or f"{issuer.subject}/CN={number}",
        ("-CA", issuer.certificate, "-CAkey", issuer.key, "-days", str(days)),
        f"keyUsage=critical,digitalSignature,keyEncipherment\nproxyCertInfo=critical,{policy}\n",
    )
    chain = (issuer.certificate, *issuer.chain)
    return Signed(made.name, made.subject, made.certificate, made.key, chain)


def later(issuer: Signed, made: Signed, wait: timedelta) -> Signed:
    """The same certificate signed anew, good only after so long; Debian 12's openssl cannot."""
    old = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc + wait)
        .not_valid_after(old.not_valid_after_utc + wait)
    )
    for each in old.extensions:
        builder = builder.add_extension(each.value, each.critical)
    key = serialization.load_pem_private_key(issuer.key.read_bytes(), None)
    new = builder.sign(key, hashes.SHA256())  # type: ignore[arg-type]
    place = made.certificate.with_name(f"{made.name}-later.pem")
    place.write_bytes(new.public_bytes(serialization.Encoding.PEM))
    return replace(made, name=f"{made.name}-later", certificate=place)


def _sign(
    home: Path, name: str, subject: str, signer: tuple[object, ...], extensions: str
) -> Signed:
    key, request, made = home / f"{name}.key", home / f"{name}.csr", home / f"{name}.pem"
    with_extensions = home / f"{name}.ext"
    with_extensions.write_text(extensions)
    openssl(
        *("req", "-newkey", "rsa:2048", "-nodes"),
        *("-keyout", key, "-out", request, "-subj", subject),
    )
    openssl(
        *("x509", "-req", "-in", request, "-set_serial", next(_serials), *signer),
        *("-extfile", with_extensions, "-out", made),
    )
    key.chmod(0o600)
    return Signed(name, subject, made, key)
