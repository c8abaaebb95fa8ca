"""How a run stands, by what HTCondor says and what its folder says."""

import signal
from dataclasses import replace
from datetime import datetime, timedelta

from waystation.backends.batch.hands import sights
from waystation.backends.batch.hands.folder import Ended, Trace
from waystation.backends.batch.htcondor.records import Ad
from waystation.backends.batch.htcondor.states import HELD, HOLDS, SUSPENDED, state_of
from waystation.domains.jobs.entities import ENDED, Blame, RunState, Sight

TOLD = "It was told to end."
LOST = "Its node was lost, or taken for somebody else."
LATE = "It ran longer than it asked for, and was ended."
_SLOW = timedelta(minutes=5)
_KILLED = {128 + signal.SIGTERM, 128 + signal.SIGKILL}


def is_over(ad: Ad) -> bool:
    """Whether HTCondor does no more with it; only then its folder has to be read."""
    return state_of(ad.job_status) in ENDED or is_lost(ad)


def is_lost(ad: Ad) -> bool:
    """Whether HTCondor holds it for what nobody can mend."""
    return ad.job_status == HELD and ad.hold_reason_code in HOLDS


def says_all(trace: Trace) -> bool:
    """Whether a folder alone tells how a run ended, whoever ended it."""
    return trace.ended is not None and not _was_ended(trace.ended)


def sight(ad: Ad | None, past: Ad | None, trace: Trace | None, now: datetime) -> Sight:
    """How a run stands.

    Args:
        ad: of the queue; None when it has left that.
        past: of the history; None when it was not asked, or does not know it.
        trace: of its folder; None when that was not read.
        now: the moment.
    """
    if ad is not None and trace is None:
        return under_way(ad)
    seen = trace or Trace()
    either = ad or past
    if either is None:
        return forgotten(seen)
    if not is_over(either):
        return under_way(either)
    return over(either, seen, now, queued=ad is not None)


def under_way(ad: Ad) -> Sight:
    """One that HTCondor has not ended."""
    state, words = state_of(ad.job_status), ""
    if state is RunState.HELD:
        words = f"HTCondor holds it: {ad.hold_reason.rstrip('.') or 'no reason'}."
    elif ad.job_status == SUSPENDED:
        words = "It is suspended by its batch system."
    began = ad.began if state is RunState.RUNNING else None
    return Sight(state, ad.word, words=words, node=ad.node, began=began)


def over(ad: Ad, trace: Trace, now: datetime, *, queued: bool) -> Sight:
    """One that HTCondor has ended.

    Args:
        ad: of the job.
        trace: what its guard wrote: that is the truth, but for who told it to end.
        now: the moment.
        queued: it is still in the queue.
    """
    ended = trace.ended
    if ended is not None and not _was_ended(ended):
        return sights.from_end(ended, ad.word)
    seen = Sight(RunState.FAILED, ad.word, node=ad.node, began=ad.began)
    if ended is not None:
        seen = sights.from_end(ended, ad.word)
    if is_lost(ad):
        blame, words = HOLDS[ad.hold_reason_code]
        return replace(seen, state=RunState.FAILED, words=words, blame=blame)
    if state_of(ad.job_status) is RunState.CANCELLED:
        return _removed(ad, trace, seen, queued=queued)
    if ended is not None:  # completed, and yet told to end
        if ended.why != "told":
            return seen
        return replace(seen, state=RunState.FAILED, words=LOST, blame=Blame.SITE)
    return _silent(ad, trace, now)


def forgotten(trace: Trace) -> Sight:
    """One that HTCondor does not know, or not any more."""
    if trace.ended is not None:
        return sights.from_end(trace.ended)
    if trace.claimed:
        words = "HTCondor knows nothing of it any more, and no end was written."
        return sights.broken(trace, words)
    return Sight(RunState.GONE, words="HTCondor knows nothing of it.")


def _removed(ad: Ad, trace: Trace, seen: Sight, *, queued: bool) -> Sight:
    if queued and trace.claimed and trace.ended is None:
        return Sight(RunState.ENDING, ad.word, node=ad.node)
    if not ad.remove_reason or "(by user" in ad.remove_reason:
        return replace(seen, state=RunState.CANCELLED, words=TOLD, blame=Blame.NONE)
    if "PeriodicRemove expression" not in ad.remove_reason:  # a rule of the pool's, not ours
        words = f"HTCondor removed it: {ad.remove_reason.rstrip('.')}."
        return replace(seen, state=RunState.FAILED, words=words, blame=Blame.SITE)
    late = ad.last_job_status != 1 and "time()" in ad.remove_reason
    words, blame = (LATE, Blame.USER) if late else (LOST, Blame.SITE)
    return replace(seen, state=RunState.FAILED, words=words, blame=blame)


def _silent(ad: Ad, trace: Trace, now: datetime) -> Sight:
    """Its guard has ended, and wrote no end that can be seen."""
    if ad.exit_code:
        words = f"Its guard failed on the node, with exit code {ad.exit_code}."
        return replace(sights.broken(trace, words, ad.word), node=ad.node)
    if now - ad.changed < _SLOW:  # folders are seen late by other machines
        words = "It has ended, but its folder does not say so yet."
        return Sight(RunState.ENDING, ad.word, words=words, node=ad.node)
    words = "It has ended, and its folder never said how."
    return replace(sights.broken(trace, words, ad.word), node=ad.node)


def _was_ended(ended: Ended) -> bool:
    """Whether it may have been HTCondor that ended it."""
    return ended.why == "told" or (not ended.why and ended.code in _KILLED)
