"""What a trace in a folder says of a run, in the words of jobs."""

import signal
from datetime import UTC, datetime

from waystation.backends.batch.hands.folder import Ended, Trace
from waystation.domains.jobs.entities import Blame, RunState, Sight

_SIGNALS = 128

TOLD: dict[str, str] = {
    "time": "It ran longer than it asked for, and was ended.",
    "memory": "Its processes had more memory together than it asked for; it was ended.",
    "not found": "The command was not found where it ran.",
}

UNRUN: dict[str, tuple[Blame, str]] = {
    "no container": (Blame.SITE, "The node runs no containers"),
    "": (Blame.USER, "The command could not be run"),
}
"""Whose fault it is that nothing ran."""


def from_end(ended: Ended, foreign: str = "") -> Sight:
    """How a run stands that wrote down its end."""
    state, blame, words = _outcome(ended)
    return Sight(
        state,
        foreign,
        ended.code,
        words,
        blame,
        ended.node,
        datetime.fromtimestamp(ended.began, UTC),
        datetime.fromtimestamp(ended.ended, UTC),
        ended.cpu_s,
        ended.peak,
    )


def running(trace: Trace, foreign: str = "", node: str = "") -> Sight:
    """How a run stands that is under way."""
    began = trace.began
    return Sight(
        RunState.RUNNING,
        foreign,
        node=began.node if began else node,
        began=began.moment if began else None,
    )


def broken(trace: Trace, words: str, foreign: str = "") -> Sight:
    """A run that began and whose end nobody saw."""
    began = trace.began
    return Sight(
        RunState.FAILED,
        foreign,
        words=words,
        blame=Blame.SITE,
        node=began.node if began else "",
        began=began.moment if began else None,
    )


def _outcome(ended: Ended) -> tuple[RunState, Blame, str]:
    """State, whose fault, and words."""
    if ended.why in {"cancelled", "told"}:
        return RunState.CANCELLED, Blame.NONE, "It was told to end."
    if ended.why in TOLD:
        return RunState.FAILED, Blame.USER, TOLD[ended.why]
    if ended.why:
        blame, words = UNRUN.get(ended.why, UNRUN[""])
        return RunState.FAILED, blame, f"{words}: {ended.words}."
    if ended.code == 0:
        return RunState.DONE, Blame.NONE, ""
    if ended.code is not None and ended.code > _SIGNALS:
        return RunState.FAILED, Blame.USER, f"{_name(ended.code - _SIGNALS)} ended it."
    return RunState.FAILED, Blame.USER, f"It ended with exit code {ended.code}."


def _name(number: int) -> str:
    try:
        return f"Signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"Signal {number}"
