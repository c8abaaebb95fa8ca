"""How a run stands, by what Slurm says and what its folder says."""

import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands import sights
from waystation.backends.batch.hands.folder import Ended, Trace
from waystation.backends.batch.slurm.records import Record
from waystation.backends.batch.slurm.states import FAULTS, STANDING, state_of, waiting
from waystation.domains.jobs.entities import ENDED, Blame, RunState, Sight

_NOT_OVER = {RunState.QUEUED, RunState.HELD, RunState.RUNNING}
TOLD = "It was told to end."
_KILLED = {128 + signal.SIGTERM, 128 + signal.SIGKILL}


def sight(handle: str, folder: Path, known: Mapping[str, Record]) -> Sight:
    """How one stands.

    A folder is only read when Slurm does not say that it waits or runs: 10,000 of those cost
    nothing. What the guard wrote is the truth, but for who told it to end.
    """
    record = known.get(handle)
    if record is None:
        trace = folders.trace(folder)
        return sights.from_end(trace.ended) if trace.ended else _forgotten(trace)
    state = state_of(record.state)
    if state in _NOT_OVER:
        return under_way(record)
    trace = folders.trace(folder)
    if trace.ended:
        return _written(record, trace.ended)
    if state in ENDED:
        return _over(record, trace, handle, known)
    return under_way(record)


def under_way(record: Record) -> Sight:
    """One that Slurm has not ended."""
    state, words = state_of(record.state), STANDING.get(record.state, "")
    if record.state == "PENDING":
        state, words = waiting(record.reason)
    began = record.began if state is RunState.RUNNING else None
    return Sight(state, record.state, words=words, node=record.node, began=began)


def _written(record: Record, ended: Ended) -> Sight:
    """One whose end its guard wrote: that is the truth, but for who told it to end."""
    state = state_of(record.state)
    seen = sights.from_end(ended, record.state)
    if _was_ended(ended):
        if state is RunState.ENDING:
            return under_way(record)  # and then it says why
        if record.state in FAULTS:
            blame, words = FAULTS[record.state]
            return replace(seen, state=RunState.FAILED, words=words, blame=blame)
        if state is RunState.CANCELLED:
            return replace(seen, state=state, words=TOLD, blame=Blame.NONE)
    return seen


def _was_ended(ended: Ended) -> bool:
    """Whether it may have been Slurm that ended it: it tells the guard and the command at once."""
    return ended.why == "told" or (not ended.why and ended.code in _KILLED)


def _over(record: Record, trace: Trace, handle: str, known: Mapping[str, Record]) -> Sight:
    """Slurm has ended it, and no guard wrote how."""
    state = state_of(record.state)
    if record.state in FAULTS:
        blame, words = FAULTS[record.state]
        return Sight(RunState.FAILED, record.state, None, words, blame, record.node, record.began)
    if state is RunState.CANCELLED:
        return Sight(state, record.state, words=TOLD, node=record.node)
    other = trace.began.id if trace.began else ""
    if other and other != handle and other in known:  # the same key was submitted twice
        return under_way(known[other])
    if state is RunState.DONE:
        # Folders are seen late by other machines; Slurm forgets it in time, and then it is lost.
        words = "It has ended, but its folder does not say so yet."
        return Sight(RunState.ENDING, record.state, words=words, node=record.node)
    words = f"Its guard failed on the node, with exit code {record.code}."
    return replace(sights.broken(trace, words, record.state), node=record.node)


def _forgotten(trace: Trace) -> Sight:
    if trace.claimed:
        return sights.broken(trace, "Slurm knows nothing of it any more, and no end was written.")
    return Sight(RunState.GONE, words="Slurm knows nothing of it.", blame=Blame.NONE)
