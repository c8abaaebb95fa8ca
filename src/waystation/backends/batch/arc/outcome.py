"""How a job of ARC stands, by A-REX' words and by what its guard wrote."""

from dataclasses import replace

from waystation.backends.batch.hands import sights
from waystation.backends.batch.hands.folder import Trace
from waystation.domains.jobs.entities import Blame, RunState, Sight

INTERNAL: dict[str, RunState] = {
    "ACCEPTED": RunState.QUEUED,
    "PREPARING": RunState.QUEUED,
    "SUBMIT": RunState.QUEUED,
    "INLRMS": RunState.RUNNING,
    "FINISHING": RunState.ENDING,
    "CANCELING": RunState.ENDING,
    "FINISHED": RunState.DONE,
    "DELETED": RunState.GONE,
}
REST: dict[str, RunState] = {
    "ACCEPTING": RunState.QUEUED,
    "ACCEPTED": RunState.QUEUED,
    "PREPARING": RunState.QUEUED,
    "PREPARED": RunState.QUEUED,
    "SUBMITTING": RunState.QUEUED,
    "QUEUING": RunState.QUEUED,
    "RUNNING": RunState.RUNNING,
    "HELD": RunState.HELD,
    "EXITINGLRMS": RunState.ENDING,
    "EXECUTED": RunState.ENDING,
    "FINISHING": RunState.ENDING,
    "KILLING": RunState.ENDING,
    "FINISHED": RunState.DONE,
    "FAILED": RunState.FAILED,
    "KILLED": RunState.CANCELLED,
    "WIPED": RunState.GONE,
}


def sight(state: RunState, foreign: str, failed: str, trace: Trace) -> Sight:
    """How it stands.

    Args:
        state: in our words, as A-REX sees it: it does not know the end of a command.
        foreign: A-REX' word.
        failed: what A-REX says about a failure; empty when it sees none.
        trace: what the guard wrote.
    """
    if state is RunState.RUNNING:
        # For A-REX it is the same whether it waits in the batch system or runs.
        if trace.ended is not None:
            return Sight(RunState.ENDING, foreign)
        return sights.running(trace, foreign) if trace.claimed else Sight(RunState.QUEUED, foreign)
    if state not in {RunState.DONE, RunState.FAILED, RunState.CANCELLED}:
        return Sight(state, foreign)
    if trace.ended is not None:
        return sights.from_end(trace.ended, foreign)
    if state is RunState.CANCELLED or "cancel" in failed.lower():
        return replace(Sight(RunState.CANCELLED, foreign), words="It was told to end.")
    words = f"A-REX says: {failed}" if failed else "It ended, and there is no trace how."
    seen = sights.broken(trace, words, foreign)
    return seen if trace.claimed else replace(seen, blame=Blame.SITE)
