"""Moves by `rclone`, one run of it for each load."""

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.transfer.hands import program
from waystation.backends.transfer.hands.carry import carry, objection
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.hands.engine import HandEngine, each
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.domains.transfers.entities import Ability, Endpoint, Kind, Piece
from waystation.kernel.clock import Clock

_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@ -]*:[^\0\n]*")
_THERE = ("Copied", "Multi-thread Copied", "Unchanged skipping")


@dataclass(frozen=True, slots=True)
class RcloneConfig:
    """How rclone is run.

    Attributes:
        name: of the engine.
        host: name of this machine, as endpoints say who sees them.
        config: rclone's own file with the remotes and their keys; readable by us alone.
        rclone: the program.
        remotes: those of the file that may be used; empty is all.
        at_once: files of a load at a time.
        most_files: in one load.
        most_active: runs at a time.
    """

    name: str
    host: str
    config: Path
    rclone: str = "rclone"
    remotes: tuple[str, ...] = ()
    at_once: int = 8
    most_files: int = 10_000
    most_active: int = 4


class RcloneWay:
    """`Way` between RCLONE and RCLONE, and between RCLONE and PATH."""

    def __init__(self, config: RcloneConfig) -> None:
        self._config = config

    def check_config(self) -> list[str]:
        """As the port promises."""
        said = self._config
        return [*program.missing(said.rclone), *program.unreadable(said.config)]

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        allowed = self._config.remotes
        for end in (source, target):
            if end.kind is not Kind.RCLONE:
                continue
            remote = end.facts.get("remote", "")
            # `:s3,secret=…:` would be a remote of the endpoint's own making.
            if not _REMOTE.fullmatch(remote) or "," in remote.partition(":")[0]:
                return "An rclone endpoint needs name:folder as its remote."
            if allowed and remote.partition(":")[0] not in allowed:
                return f"The remote {remote.partition(':')[0]} may not be used by this engine."
        return objection(source, target, Kind.RCLONE, self._config.host)

    def move(self, task: Task) -> None:
        """As `Way` promises."""
        carry(task, self, width=self._config.at_once, across=self._across)

    def close(self) -> None:
        """As `Way` promises: there is nothing."""

    def push(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """As `Program` promises."""
        paths = {piece.target: piece for piece in pieces}
        self._copy(task, paths, folder, task.load.target.facts["remote"], "--copy-links")

    def pull(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """As `Program` promises."""
        paths = {piece.source: None for piece in pieces}
        self._copy(task, paths, task.load.source.facts["remote"], folder)

    def _across(self, task: Task, pieces: Sequence[Piece]) -> None:
        """Files that keep their names in one run, each of the others in its own."""
        source, target = (end.facts["remote"] for end in (task.load.source, task.load.target))
        same = {piece.target: piece for piece in pieces if piece.source == piece.target}

        def renamed(piece: Piece) -> None:
            there = (inside(source, piece.source), inside(target, piece.target))
            ended = self._run(task, ["copyto", "--", *there], lambda _name: None)
            if ended.code:
                raise MoveError(f"rclone ended with {ended.code}: {ended.words or 'no word'}")
            task.arrived(piece)

        others = [piece for piece in pieces if piece.source != piece.target]
        each(task, others, self._config.at_once, renamed)
        if same:
            # Two stores may know no times but whole seconds: nothing is taken for equal.
            self._copy(task, same, source, target, "--ignore-times")

    def _copy(
        self,
        task: Task,
        paths: dict[str, Piece] | dict[str, None],
        source: str,
        target: str,
        *more: str,
    ) -> None:
        """One run for many files; those of which it says nothing are not there."""

        def there(name: str) -> None:
            piece = paths.get(name)
            if piece is not None:
                task.arrived(piece)

        with tempfile.NamedTemporaryFile(prefix="waystation-", suffix=".list") as wanted:
            wanted.write(b"".join(path.encode() + b"\n" for path in paths))
            wanted.flush()
            words = ["copy", "--files-from-raw", wanted.name, "--no-traverse", *more]
            ended = self._run(task, [*words, "--", source, target], there)
        if ended.code:
            raise MoveError(f"rclone ended with {ended.code}: {ended.words or 'no word'}")
        raise MoveError("The source is not there.")  # of those that were not told

    def _run(
        self, task: Task, words: Sequence[str], there: Callable[[str], None]
    ) -> program.Ended:
        """Run it; `there` is told what is at its target."""
        said = self._config
        given = [said.rclone, f"--config={said.config}", "-vv", "--use-json-log", "--stats=0"]
        given += ["--retries=1", f"--transfers={said.at_once}", f"--checkers={said.at_once}"]

        def hear(line: str) -> bool:
            """Its log at this level is for us, but for its errors."""
            try:
                told = json.loads(line)
            except ValueError:
                return False
            if str(told.get("msg", "")).startswith(_THERE):
                there(str(told.get("object", "")))
            return str(told.get("level")) not in {"error", "critical", "fatal"}

        return program.run(task, [*given, *words], {}, hear)


def inside(remote: str, path: str) -> str:
    """A file of a remote, as rclone names it."""
    return f"{remote}{path}" if remote.endswith((":", "/")) else f"{remote}/{path}"


def rclone_engine(config: RcloneConfig, clock: Clock, claims: Claims) -> HandEngine:
    """The engine `rclone`."""
    ability = Ability(config.most_files, config.most_active, verifies=True, survives=False)
    return HandEngine(config.name, ability, RcloneWay(config), clock, claims)
