"""Moves by `rsync`, one run of it for each load."""

import re
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.transfer.hands import hosts, program
from waystation.backends.transfer.hands.carry import carry, objection
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.hands.engine import HandEngine
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.domains.transfers.entities import Ability, Endpoint, Kind, Load, Piece
from waystation.kernel.clock import Clock

_URL = re.compile(r"rsync://[^/\s@-][^/\s]*/.+|[^-:/\s][^:/\s]*:/(?!/).*")
_MODULE = re.compile(r"(?P<module>rsync://[^/]+/[^/]+/)(?P<folder>.*)")
_SAID = re.compile(r"moved:(?P<change>.)(?P<kind>.)[^:]*:(?P<size>\d+):(?P<name>.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\#(\d{3})")
_SILENCE_S = 300


@dataclass(frozen=True, slots=True)
class RsyncConfig:
    """How rsync is run.

    Attributes:
        name: of the engine.
        host: name of this machine, as endpoints say who sees them.
        hosts: that may be reached, by name; see `hands.hosts`.
        rsync: the program.
        ssh: the program that reaches hosts, with its options, each a word.
        password_file: for daemons, as `--password-file`: readable by us alone.
        width: files of a load that are checked at a time.
        most_files: in one load.
        most_active: runs at a time.
    """

    name: str
    host: str
    hosts: tuple[str, ...]
    rsync: str = "rsync"
    ssh: tuple[str, ...] = ("ssh", "-o", "BatchMode=yes")
    password_file: Path | None = None
    width: int = 4
    most_files: int = 10_000
    most_active: int = 4


class RsyncWay:
    """`Way` between PATH and RSYNC."""

    def __init__(self, config: RsyncConfig) -> None:
        self._config = config

    def check_config(self) -> list[str]:
        """As the port promises."""
        said = self._config
        return [*program.missing(said.rsync), *program.unreadable(said.password_file)]

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        if source.kind is target.kind is Kind.RSYNC:
            return "rsync needs one of the ends on this machine."
        for end in (source, target):
            if end.kind is not Kind.RSYNC:
                continue
            url = end.facts.get("url", "")
            if not _URL.fullmatch(url):
                return "An rsync endpoint needs host:/folder or rsync://host/module as its url."
            if refusal := hosts.objection(url, self._config.hosts):
                return refusal
        return objection(source, target, Kind.RSYNC, self._config.host)

    def move(self, task: Task) -> None:
        """As `Way` promises."""
        carry(task, self, width=self._config.width)

    def close(self) -> None:
        """As `Way` promises: there is nothing."""

    def push(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """As `Program` promises."""
        paths = {piece.target: piece for piece in pieces}
        self._run(task, paths, f"{folder}/", _slashed(task.load.target))

    def pull(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """As `Program` promises."""
        source, inside = _slashed(task.load.source), ""
        if found := _MODULE.fullmatch(source):
            # rsync 3.5.0's daemon without chroot finds nothing listed below a folder of a module.
            source, inside = found["module"], f"{found['folder']}./" if found["folder"] else ""
        self._run(
            task, {f"{inside}{piece.source}": None for piece in pieces}, source, f"{folder}/"
        )

    def _run(
        self, task: Task, paths: dict[str, Piece] | dict[str, None], source: str, target: str
    ) -> None:
        """One run; a line for each file that is at its target, moved or left as it was."""

        def hear(line: str) -> bool:
            found = _SAID.fullmatch(line)
            if found is None:
                return False
            name = _ESCAPED.sub(lambda part: chr(int(part[1], 8)), found["name"])
            piece = paths.get(name)
            if piece is not None:
                task.arrived(piece)
            return True

        with tempfile.NamedTemporaryFile(prefix="waystation-", suffix=".list") as wanted:
            wanted.write(b"".join(path.encode() + b"\0" for path in paths))
            wanted.flush()
            words = [*self._words(task.load), f"--files-from={wanted.name}", "--", source, target]
            ended = program.run(task, words, {}, hear)
        if ended.code:
            raise MoveError(f"rsync ended with {ended.code}: {ended.words or 'no word'}")

    def _words(self, load: Load) -> list[str]:
        """Whole files; what has equal size and time is as it was."""
        said = self._config
        words = [said.rsync, "--whole-file", "--times", "--modify-window=-1"]
        words += ["--chmod=D755,F644", "--mkpath", "--secluded-args", "--from0", "-8", "-ii"]
        words += ["--out-format=moved:%i:%l:%n", f"--timeout={_SILENCE_S}"]
        if load.source.kind is Kind.PATH:
            words.append("--copy-links")  # of the folder that we made; never on the other side
        far = load.source if load.source.kind is Kind.RSYNC else load.target
        if not far.facts["url"].startswith("rsync://"):  # or it would ask a daemon by SSH
            words.append(f"--rsh={shlex.join(said.ssh)}")
        if said.password_file is not None:
            words.append(f"--password-file={said.password_file}")
        return words


def _slashed(end: Endpoint) -> str:
    return f"{end.facts['url'].rstrip('/')}/"


def rsync_engine(config: RsyncConfig, clock: Clock, claims: Claims) -> HandEngine:
    """The engine `rsync`."""
    ability = Ability(config.most_files, config.most_active, verifies=True, survives=False)
    return HandEngine(config.name, ability, RsyncWay(config), clock, claims)
