"""Jobs as files in a folder, as aCT's operators put them in by hand (`addnewjob`).

    new/ID.json      put there by a rename: what is there is whole
    taken/ID.json    ours, and not known to be written down yet
    held/ID.json     written down
    done/, failed/   it has ended
    refused/         there was one of that name before
    status/ID.json   how it stands, replaced whole
    stop/ID          somebody wants it stopped

Every step is one rename: two that take at once do not both have a file, and whoever dies leaves
it in one of these places.
"""

import contextlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from waystation.domains.jobs.entities import Heard, Input, Offer, Report, Resources, Stage, Wish
from waystation.domains.jobs.errors import SourceUnavailableError

MOST_BYTES = 2**20
"""Of a file."""
FOLDERS = ("new", "taken", "held", "done", "failed", "refused", "status", "stop")
_NAME = re.compile(r"(?!\.)[\w.+-]{1,150}\.json", re.ASCII)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class DirectoryConfig:
    """A folder of jobs.

    Attributes:
        name: of the settings.
        path: of the folder, on one file system, which it makes itself.
    """

    name: str
    path: Path


class JobFile(msgspec.Struct, forbid_unknown_fields=True):
    """What a file says; names as in our own API."""

    command: list[str]
    name: str = ""
    environment: dict[str, str] = {}
    inputs: list[Input] = []
    outputs: list[str] = []
    space: str = ""
    prefix: str = ""
    resources: Resources = Resources()
    clusters: list[str] = []
    queue: str = ""
    project: str = ""
    priority: int = 5
    attempts: int = 3

    def wish(self, foreign: str) -> Wish:
        """As jobs are asked for."""
        return Wish(
            command=tuple(self.command),
            name=self.name or foreign,
            environment=self.environment,
            inputs=tuple(self.inputs),
            outputs=tuple(self.outputs),
            space=self.space,
            prefix=self.prefix or f"jobs/{foreign}",
            resources=self.resources,
            clusters=tuple(self.clusters),
            queue=self.queue,
            project=self.project,
            priority=self.priority,
            attempts=self.attempts,
            literal=True,
        )


class DirectorySource:
    """A `Source`."""

    def __init__(self, config: DirectoryConfig) -> None:
        self._config = config

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    def check_config(self) -> list[str]:
        """As the port promises."""
        path = self._config.path
        if not path.is_absolute() or not path.is_dir() or not os.access(path, os.W_OK):
            return [f"{path} must be a folder that we may write to."]
        return []

    def take(self, most: int) -> Sequence[Offer]:
        """As the port promises: those that are not known to be written down, then new ones."""
        with self._faults():
            self._made()
            names = self._in("taken")[:most]
            for name in self._in("new")[: most - len(names)]:
                if self._taken(name):
                    names.append(name)
            return [self._offer(name) for name in names]

    def kept(self, foreign_ids: Sequence[str]) -> None:
        """As the port promises."""
        with self._faults():
            for each in foreign_ids:
                self._move(f"{each}.json", "taken", "held")

    def tell(self, reports: Sequence[Report]) -> Mapping[str, Heard]:
        """As the port promises."""
        with self._faults():
            self._made()
            return {each.foreign_id: self._told(each) for each in reports}

    def close(self) -> None:
        """As the port promises."""

    def _taken(self, name: str) -> bool:
        before = any(
            os.path.lexists(self._config.path / folder / name)
            for folder in ("taken", "held", "done", "failed")
        )
        if before:
            self._move(name, "new", "refused")
            return False
        return self._move(name, "new", "taken")

    def _offer(self, name: str) -> Offer:
        foreign = name.removesuffix(".json")
        try:
            data = _read(self._config.path / "taken" / name)
            return Offer(foreign, msgspec.json.decode(data, type=JobFile).wish(foreign))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            return Offer(foreign, None, f"The file cannot be read: {problem}")

    def _told(self, report: Report) -> Heard:
        name = f"{report.foreign_id}.json"
        said = {
            "state": str(report.stage),
            "request": report.request_id or None,
            "attempt": report.attempt,
            "words": report.words,
            "blame": str(report.blame),
            "exit_code": report.exit_code,
            "cluster": report.cluster,
            "node": report.node,
            "began": report.began.isoformat() if report.began else None,
            "ended": report.ended.isoformat() if report.ended else None,
            "cpu_s": report.cpu_s,
            "peak": report.peak,
        }
        _replaced(self._config.path / "status" / name, json.dumps(said, indent=1) + "\n")
        stop = self._config.path / "stop" / report.foreign_id
        if not report.stage.over:
            return Heard(heard=True, stop=stop.exists())
        target = "done" if report.stage is Stage.DONE else "failed"
        # Also from `taken`: whoever took it may have died before it said that it has it.
        if not self._move(name, "held", target):
            self._move(name, "taken", target)
        stop.unlink(missing_ok=True)
        return Heard(heard=True)

    def _move(self, name: str, source: str, target: str) -> bool:
        """Whether it was there."""
        try:
            (self._config.path / source / name).rename(self._config.path / target / name)
        except FileNotFoundError:
            return False
        return True

    def _in(self, folder: str) -> list[str]:
        return sorted(
            each.name
            for each in os.scandir(self._config.path / folder)
            if _NAME.fullmatch(each.name)
        )

    def _made(self) -> None:
        for folder in FOLDERS:
            (self._config.path / folder).mkdir(exist_ok=True)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise SourceUnavailableError(
                f"The folder of {self.name} cannot be used: {problem}."
            ) from problem


def _read(path: Path) -> bytes:
    """A plain file, not too large; no link is followed."""
    with os.fdopen(os.open(path, _READ), "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(f"it has more than {MOST_BYTES:,} bytes")
    return data


def _replaced(path: Path, text: str) -> None:
    part = path.with_name(f".{secrets.token_hex(8)}")
    part.write_text(text)
    part.replace(path)
