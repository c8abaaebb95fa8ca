"""Moves by `globus-url-copy`, one run of it for each load.

The servers compare checksums with each other (`-verify-checksum`). What comes to this machine, or
leaves it, is held against the checksums that were told; between two servers nobody can ask for
that, and whoever receives looks.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from waystation.backends.transfer.hands import hosts, program
from waystation.backends.transfer.hands.carry import carry, objection
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.hands.engine import HandEngine
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.domains.transfers.entities import Ability, Endpoint, Kind, Load, Piece
from waystation.kernel.clock import Clock

_URL = re.compile(r"(gsiftp|ftp)://[A-Za-z0-9\[][^/\s\"@]*(/[^\s\"]*)?")
_PAIR = re.compile(r'"([^"]*)" "([^"]*)"')
_UNLISTED = re.compile(r".*Unable to list url (\S+?):*")
_SILENCE_S = 300
_ROUNDS = 3
"""Runs for one load, while there are sources that are not there."""


@dataclass(frozen=True, slots=True)
class GridFtpConfig:
    """How globus-url-copy is run.

    Attributes:
        name: of the engine.
        host: name of this machine, as endpoints say who sees them.
        hosts: that may be reached, by name; see `hands.hosts`.
        globus_url_copy: the program.
        proxy: file with a grid proxy that something else renews; None is none.
        ca_dir: directory of authorities by hash.
        streams: TCP connections for each file.
        at_once: files of a load at a time.
        plain: allow `ftp://`, where nobody is asked who they are.
        most_files: in one load.
        most_active: runs at a time.
    """

    name: str
    host: str
    hosts: tuple[str, ...]
    globus_url_copy: str = "globus-url-copy"
    proxy: Path | None = None
    ca_dir: Path = Path("/etc/grid-security/certificates")
    streams: int = 1
    at_once: int = 4
    plain: bool = False
    most_files: int = 10_000
    most_active: int = 4


class GridFtpWay:
    """`Way` between GRIDFTP and GRIDFTP, and between GRIDFTP and PATH."""

    def __init__(self, config: GridFtpConfig) -> None:
        self._config = config

    def check_config(self) -> list[str]:
        """As the port promises."""
        said = self._config
        wrong = program.missing(said.globus_url_copy)
        wrong += program.unreadable(said.proxy, said.ca_dir)
        if said.proxy is None and not said.plain:
            wrong.append("GridFTP needs a grid proxy: set the engine's proxy.")
        return wrong

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        for end in (source, target):
            if end.kind is not Kind.GRIDFTP:
                continue
            url = end.facts.get("url", "")
            if not _URL.fullmatch(url):
                return "A gridftp endpoint needs gsiftp://host:port/folder as its url."
            if url.startswith("ftp:") and not self._config.plain:
                return "Plain FTP is not allowed here; operators set the engine's plain."
            if refusal := hosts.objection(url, self._config.hosts):
                return refusal
        return objection(source, target, Kind.GRIDFTP, self._config.host)

    def move(self, task: Task) -> None:
        """As `Way` promises."""
        carry(task, self, width=self._config.at_once, across=self._across)

    def close(self) -> None:
        """As `Way` promises: there is nothing."""

    def push(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """As `Program` promises."""
        load = task.load
        pairs = {(local(f"{folder}/{piece.target}"), far(load.target, piece.target)): piece
                 for piece in pieces}  # fmt: skip
        self._tell(task, pairs)

    def pull(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """As `Program` promises."""
        pairs = [(far(task.load.source, path), local(f"{folder}/{path}"))
                 for path in dict.fromkeys(piece.source for piece in pieces)]  # fmt: skip
        _, words = self._run(task, pairs)
        if words:
            raise MoveError(words)

    def _across(self, task: Task, pieces: Sequence[Piece]) -> None:
        load = task.load
        pairs = {(far(load.source, piece.source), far(load.target, piece.target)): piece
                 for piece in pieces}  # fmt: skip
        self._tell(task, pairs)

    def _tell(self, task: Task, pairs: dict[tuple[str, str], Piece]) -> None:
        left, words = self._run(task, list(pairs))
        for pair, piece in pairs.items():
            if pair in left:
                task.failed(piece, words)
            else:
                task.arrived(piece)

    def _run(
        self, task: Task, pairs: Sequence[tuple[str, str]]
    ) -> tuple[set[tuple[str, str]], str]:
        """The pairs that were not moved, and why."""
        gone, left, words = set[tuple[str, str]](), list(pairs), ""
        for _ in range(_ROUNDS):
            unlisted, missed, said = self._once(task, left)
            words = words or said
            gone |= unlisted
            left = [pair for pair in left if pair in missed and pair not in unlisted]
            # One source that is not there sometimes stops the others, although they go on.
            if not unlisted or not left:
                break
        return gone | set(left), words

    def _once(
        self, task: Task, pairs: Sequence[tuple[str, str]]
    ) -> tuple[set[tuple[str, str]], set[tuple[str, str]], str]:
        """One run; the pairs whose sources are not there, those not moved, and why."""
        names: set[str] = set()

        def hear(line: str) -> bool:
            """Sources that are not there; the file of what is left does not name them."""
            if found := _UNLISTED.fullmatch(line):
                names.add(unquote(found[1]))
            return False

        with tempfile.TemporaryDirectory(prefix="waystation-gridftp-") as place:
            wanted, left = Path(place, "wanted"), Path(place, "left")
            wanted.write_text("".join(f'"{a}" "{b}"\n' for a, b in pairs))
            words = [*self._words(task.load), "-dumpfile", str(left), "-f", str(wanted)]
            ended = program.run(task, words, self._environment(), hear)
            told = left.read_text() if left.exists() else ""
        if not ended.code:
            return set(), set(), ""
        # It writes URLs with other signs encoded than we do.
        dumped = {(unquote(a), unquote(b)) for a, b in _PAIR.findall(told)}
        unlisted = {(a, b) for a, b in pairs if unquote(a) in names}
        missed = unlisted | {(a, b) for a, b in pairs if (unquote(a), unquote(b)) in dumped}
        # Of a run that failed and named nothing nothing is known.
        reason = f"globus-url-copy ended with {ended.code}: {ended.words or 'no word'}"
        return unlisted, missed or set(pairs), reason

    def _words(self, load: Load) -> list[str]:
        said = self._config
        # Of files on this machine the program knows no other checksum.
        here = Kind.PATH in {load.source.kind, load.target.kind}
        words = [said.globus_url_copy, "-create-dest", "-continue-on-error", "-sync"]
        words += [
            "-sync-level",
            "3",
            "-verify-checksum",
            "-checksum-alg",
            "MD5" if here else "ADLER32",
        ]
        words += ["-concurrency", str(said.at_once), "-stall-timeout", str(_SILENCE_S)]
        return [*words, *(["-parallel", str(said.streams)] if said.streams > 1 else [])]

    def _environment(self) -> dict[str, str]:
        said = self._config
        told = {"X509_CERT_DIR": str(said.ca_dir)}
        return told if said.proxy is None else {**told, "X509_USER_PROXY": str(said.proxy)}


def far(end: Endpoint, path: str) -> str:
    """A file at a server, as a URL."""
    return f"{end.facts['url'].rstrip('/')}/{quote(path)}"


def local(path: str) -> str:
    """A file here, as a URL."""
    return f"file://{quote(path)}"


def gridftp_engine(config: GridFtpConfig, clock: Clock, claims: Claims) -> HandEngine:
    """The engine `gridftp`."""
    ability = Ability(config.most_files, config.most_active, verifies=True, survives=False)
    return HandEngine(config.name, ability, GridFtpWay(config), clock, claims)
