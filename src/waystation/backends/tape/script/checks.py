"""Everything a person can get wrong in this back end's settings, in plain words."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from waystation.backends.tape.script import wire
from waystation.backends.tape.script.command import Command
from waystation.backends.tape.script.config import ScriptConfig
from waystation.domains.staging.entities import Finding, ListState, Residency
from waystation.domains.staging.errors import BackendError
from waystation.kernel import durable

NOBODYS = "waystation-doctor"
"""Name of a file, a list and a key that nobody has."""


def findings(config: ScriptConfig, commands: Mapping[str, Command]) -> Iterator[Finding]:
    """Look at the settings one by one, then ask for what cannot exist; nothing is changed."""
    trouble = durable.objection(config.list_dir)
    yield (
        _wrong("list_dir", *trouble)
        if trouble
        else _well("list_dir", f"{config.list_dir} is ours.")
    )
    yield from _roots(config)
    yield from _numbers(config)
    yield from _environment(config)
    usable = {
        name: _usable(name, argv[0] if argv else "") for name, argv in config.commands().items()
    }
    yield from usable.values()
    trials: dict[str, Callable[[], Finding]] = {
        "locate": lambda: _try_locate(config, commands["locate"]),
        "poll": lambda: _try_poll(config, commands["poll"]),
        "library": lambda: _try_library(commands["library"]),
    }
    for name, trial in trials.items():
        if name in usable and usable[name].ok:
            try:
                yield trial()
            except BackendError as error:
                yield _wrong(name, error.sentence, error.advice)
            except wire.WrongAnswerError as error:
                problem = commands[name].wrong(error)
                yield _wrong(name, problem.sentence, problem.advice)


def _wrong(subject: str, words: str, mend: str) -> Finding:
    return Finding(ok=False, subject=subject, words=words, mend=mend)


def _well(subject: str, words: str) -> Finding:
    return Finding(ok=True, subject=subject, words=words)


def _usable(name: str, program: str) -> Finding:
    path = Path(program)
    if not path.is_absolute():
        return _wrong(
            name, f"{program or '(none)'} is not an absolute path.", "Write the whole path."
        )
    try:
        seen = path.stat()
    except OSError as error:
        mend = "Put the command there, on the machine where this back end's worker runs."
        return _wrong(name, f"{path} cannot be used: {error.strerror}.", mend)
    if not stat.S_ISREG(seen.st_mode) or not os.access(path, os.X_OK):
        return _wrong(name, f"{path} may not be run by us.", f"chmod 755 {path}")
    if seen.st_mode & stat.S_IWOTH:
        return _wrong(name, f"Everybody may change {path}.", f"chmod o-w {path}")
    return _well(name, f"{path} is there.")


def _roots(config: ScriptConfig) -> Iterator[Finding]:
    for root in config.roots:
        if not root.is_absolute():
            yield _wrong("root", f"{root} is not absolute.", "Write the whole path.")


def _numbers(config: ScriptConfig) -> Iterator[Finding]:
    for subject, value, least in (
        ("lists", config.lists, 1),
        ("list_limit", config.list_limit, 1),
        ("command_timeout_s", config.command_timeout_s, 1),
    ):
        if value < least:
            yield _wrong(subject, f"{value:g} is too small.", f"Set it to {least} or more.")
    if config.sees_position and not config.sees_tape:
        yield _wrong(
            "sees_position",
            "positions mean nothing without the cartridge that they are on.",
            "Set `sees_tape`, and let `locate` name the cartridge.",
        )


def _environment(config: ScriptConfig) -> Iterator[Finding]:
    for name, value in config.environment.items():
        if not name.isidentifier() or "\0" in value:
            yield _wrong(
                "environment",
                f"{name!r} cannot be a variable.",
                "Use letters, digits and underscores; no zero byte in the value.",
            )


def _try_locate(config: ScriptConfig, command: Command) -> Finding:
    root = str(next(iter(config.roots), Path("/"))).rstrip("/")
    path = f"{root}/.{NOBODYS}/no such file"
    answer = command.ask(wire.paths([path]), most=1)
    (report,) = wire.reports([path], answer, tapes=False, positions=False)
    if report.residency is not Residency.MISSING:
        return _wrong(
            "locate",
            f"it says {report.residency.value} of a file that does not exist ({path}).",
            'Answer "state": "missing" for files that the tape system does not know.',
        )
    return _well("locate", "it answers.")


def _try_poll(config: ScriptConfig, command: Command) -> Finding:
    answer = command.ask([wire.line(handle=NOBODYS)], most=1)
    (report,) = wire.standings([NOBODYS], answer)
    if report.state is not ListState.UNKNOWN:
        return _wrong(
            "poll",
            f"it says {report.state.value} of a list that does not exist.",
            'Answer "state": "unknown" for handles that the tape system does not know.',
        )
    if config.finds_keys:
        answer = command.ask([wire.line(key=NOBODYS)], most=1)
        if wire.handle_of_key(NOBODYS, answer) is not None:
            mend = 'Answer "handle": null for keys with which nothing was started.'
            return _wrong("poll", "it finds a list of a key that was never used.", mend)
    return _well("poll", "it answers.")


def _try_library(command: Command) -> Finding:
    drives = wire.drives(command.ask([], most=10_000))
    return _well("library", f"it answers; {len(drives)} drives.")
