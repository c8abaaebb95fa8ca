"""A real GridFTP server (Debian) with GSI, for whoever has Alice's RFC 3820 proxy."""

import os
import subprocess

from certificates import ALICE, Authority, openssl, proxy
from deploy.proxies import program
from running import _die_with_tests, free_port

POLICY = """\
access_id_CA X509 '/DC=test/CN=Test CA'
pos_rights globus CA:sign
cond_subjects globus '"/DC=test/*"'
"""


class Server:
    """A GridFTP server that knows Alice by her proxy."""

    def __init__(self, home):
        self.home, self.port = home, free_port()
        self.authority = Authority(home / "ca")
        old = openssl("x509", "-in", self.authority.certificate, "-noout", "-subject_hash_old")
        for name in (self.authority.hash, old.strip()):
            pem = self.authority.certificate.read_text()
            (self.authority.directory / f"{name}.0").write_text(pem)
            (self.authority.directory / f"{name}.signing_policy").write_text(POLICY)
        host = self.authority.host()
        self.proxy = proxy(self.authority.person("alice", ALICE), "alice-proxy").pem
        user = "root" if os.geteuid() == 0 else os.environ["USER"]
        (home / "gridmap").write_text(f'"{ALICE}" {user}\n')
        self.variables = {
            **os.environ,
            "X509_CERT_DIR": str(self.authority.directory),
            "X509_USER_CERT": str(host.certificate),
            "X509_USER_KEY": str(host.key),
            "GRIDMAP": str(home / "gridmap"),
        }

    def start(self):
        words = [program("globus-gridftp-server"), "-p", str(self.port), "-allow-root"]
        for side in ("control", "data"):
            words += [f"-{side}-interface", "127.0.0.1"]
        return subprocess.Popen(
            [*words, "-log-level", "error,warn", "-logfile", str(self.home / "log")],
            env=self.variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
        )

    def answers(self):
        words = ["curl", "-s", "--max-time", "2", f"ftp://127.0.0.1:{self.port}/"]
        return subprocess.run(words, check=False, capture_output=True).returncode != 7
