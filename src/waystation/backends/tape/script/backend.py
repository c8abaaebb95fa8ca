"""The back end: the port's promises kept with the site's commands."""

from collections.abc import Iterator, Sequence
from itertools import islice

from waystation.backends.tape.script import checks, wire
from waystation.backends.tape.script.command import Command
from waystation.backends.tape.script.config import ScriptConfig
from waystation.backends.tape.script.record import Record
from waystation.backends.tape.script.starting import RecallStarter
from waystation.domains.staging.entities import (
    Capabilities,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
    RecallList,
    Residency,
)
from waystation.domains.staging.errors import BackendRefusedError
from waystation.kernel.clock import Clock

FORBIDDEN = ("\0", "\n", "\r")
LISTS_A_POLL = 100
"""Handles in one call of `poll`."""

MOST_DRIVES = 10_000


class Script:
    """A `TapeBackend` of the site's own commands. Safe to use from several threads.

    JSON would carry any name, but what is behind the commands mostly takes lists by line, so
    names with line ends are refused here once and for all.
    """

    def __init__(self, config: ScriptConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._commands = {
            name: Command(name, argv, config.environment, config.command_timeout_s)
            for name, argv in config.commands().items()
        }
        self._record = Record(config.list_dir, config.command_timeout_s)
        finder = self._commands["poll"] if config.finds_keys else None
        self._starter = RecallStarter(self._commands["recall"], finder, self._record)

    @property
    def capabilities(self) -> Capabilities:
        """What the settings say of the commands."""
        return Capabilities(
            sees_tape=self._config.sees_tape,
            sees_position=self._config.sees_position,
            keeps_order=self._config.keeps_order,
            cancels="cancel" in self._commands,
            releases="release" in self._commands,
            list_limit=self._config.list_limit,
            slots=self._config.lists,
        )

    def check_config(self) -> list[Finding]:
        """As the port promises; asks `locate` for a file that cannot exist."""
        return list(checks.findings(self._config, self._commands))

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """As the port promises: one process for thousands of paths."""
        objections = {path: objection(path) for path in paths}
        fit = [path for path, words in objections.items() if not words]
        told: dict[str, FileReport] = {}
        for portion in _portions(fit, self._config.list_limit):
            told |= {report.path: report for report in self._located(portion)}
        return [
            told.get(path) or FileReport(path, Residency.MISSING, words=objections[path])
            for path in paths
        ]

    def recall(self, wanted: RecallList) -> str:
        """As the port promises: one `recall` for the list."""
        self._refuse_unfit(wanted)
        self._record.prune(self._clock.now().timestamp() - self._config.keep_lists_s)
        return self._starter.start(wanted)

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """As the port promises."""
        told: dict[str, ListReport] = {}
        for portion in _portions(list(dict.fromkeys(handles)), LISTS_A_POLL):
            told |= {report.handle: report for report in self._polled(portion)}
        return [told[handle] for handle in handles]

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """As the port promises; nothing without the command."""
        if "cancel" in self._commands:
            fit = [path for path in paths if not objection(path)]
            self._commands["cancel"].ask([wire.line(handle=handle), *wire.paths(fit)], most=0)

    def release(self, paths: Sequence[str]) -> None:
        """As the port promises; nothing without the command."""
        if "release" in self._commands:
            fit = [path for path in paths if not objection(path)]
            for portion in _portions(fit, self._config.list_limit):
                self._commands["release"].ask(wire.paths(portion), most=0)

    def library(self) -> LibraryReport:
        """As the port promises; empty without the command."""
        if "library" not in self._commands:
            return LibraryReport()
        command = self._commands["library"]
        answer = command.ask([], most=MOST_DRIVES)
        try:
            return LibraryReport(wire.drives(answer))
        except wire.WrongAnswerError as error:
            raise command.wrong(error) from error

    def _located(self, portion: Sequence[str]) -> list[FileReport]:
        command = self._commands["locate"]
        answer = command.ask(wire.paths(portion), most=len(portion))
        try:
            return wire.reports(
                portion,
                answer,
                tapes=self._config.sees_tape,
                positions=self._config.sees_position,
            )
        except wire.WrongAnswerError as error:
            raise command.wrong(error) from error

    def _polled(self, portion: Sequence[str]) -> list[ListReport]:
        command = self._commands["poll"]
        most = len(portion) * (self._config.list_limit + 1)
        answer = command.ask((wire.line(handle=each) for each in portion), most=most)
        try:
            return wire.standings(portion, answer)
        except wire.WrongAnswerError as error:
            raise command.wrong(error) from error

    def _refuse_unfit(self, wanted: RecallList) -> None:
        if not wanted.paths:
            raise BackendRefusedError("The recall list is empty.")
        if len(wanted.paths) > self._config.list_limit:
            raise BackendRefusedError(
                f"The recall list has {len(wanted.paths)} files;"
                f" {self._config.list_limit} is the most.",
                advice="Send it in parts, or raise the back end's `list_limit`.",
            )
        for path in wanted.paths:
            words = objection(path)
            if words:
                raise BackendRefusedError(f"{path!r} cannot be recalled: {words}.", path=path)


def objection(path: str) -> str:
    """Why a path is not given to the commands; empty if it is."""
    if any(mark in path for mark in FORBIDDEN):
        return "the name contains a line end or a zero byte"
    if not path.startswith("/"):
        return "not an absolute path"
    if " -- " in path:
        return "the name contains ' -- ', which divides the lines of many systems' lists"
    if not path.isprintable() and any("\ud800" <= mark <= "\udfff" for mark in path):
        return "the name is no UTF-8"
    return ""


def _portions(items: Sequence[str], most: int) -> Iterator[list[str]]:
    left = iter(items)
    while portion := list(islice(left, most)):
        yield portion
