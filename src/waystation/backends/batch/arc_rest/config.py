"""What a person says of an ARC computing element."""

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography import x509


@dataclass(frozen=True, slots=True)
class Shown:
    """The proxy that we show: its file as it was when we read it, and when it ends."""

    mark: tuple[int, int, int]
    until: datetime


@dataclass(frozen=True, slots=True)
class RestConfig:
    """One of them.

    Attributes:
        name: of the cluster.
        url: of A-REX, `https://ce.example.org/arex`.
        proxy: file with a grid proxy that something else renews; None is by token alone.
        token_file: file whose first line is a bearer token that something else renews.
        delegate: give A-REX a proxy of this proxy, for jobs that need one.
        credentials: whose proxy that is: `cluster` is this one, `owner` that of each job's owner,
            who is then asked for one, whatever `delegate` says.
        ca_file: authorities in one file; None with no `ca_dir` are the system's.
        ca_dir: the same as a directory of `<hash>.0` files.
        python: interpreter of the guards on the nodes, 3.7 or later.
        at_once: jobs of one call.
        timeout_s: longest wait for a next part of an answer, seconds.
    """

    name: str
    url: str
    proxy: Path | None = None
    token_file: Path | None = None
    delegate: bool = False
    credentials: Literal["cluster", "owner"] = "cluster"
    ca_file: Path | None = None
    ca_dir: Path | None = None
    python: str = "/usr/bin/python3"
    at_once: int = 200
    timeout_s: float = 60.0

    def trust(self) -> ssl.SSLContext:
        """Whom we believe, and who we are.

        Raises:
            OSError: a file cannot be used.
        """
        file, folder = self.ca_file, self.ca_dir
        context = ssl.create_default_context(cafile=file, capath=folder)
        if self.proxy is not None:
            context.load_cert_chain(self.proxy)
        return context

    def shown(self, before: Shown | None = None) -> Shown | None:
        """The proxy of now; None is by token alone.

        Args:
            before: what it was; it is read again when its file is another.

        Raises:
            OSError: it cannot be read, or is none.
        """
        if self.proxy is None:
            return None
        told = self.proxy.stat()
        mark = told.st_ino, told.st_mtime_ns, told.st_size
        if before is not None and before.mark == mark:
            return before
        try:
            return Shown(mark, ends(self.proxy.read_bytes()))
        except ValueError as problem:
            raise OSError(f"{self.proxy} has no certificate") from problem


def ends(pem: bytes) -> datetime:
    """When a proxy or one of the certificates that it is made of ends first.

    Raises:
        ValueError: there is none.
    """
    return min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(pem))
