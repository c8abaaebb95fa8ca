"""Words of quotas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Amount:
    """So many bytes in so many files; negative when they go."""

    bytes: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a subject may have; None is no limit.

    Attributes:
        hard_bytes: never exceeded.
        soft_bytes: may be exceeded for the grace, then nothing more is taken.
        hard_files: as bytes, counted in files.
        soft_files: as bytes, counted in files.
        grace_s: seconds.
    """

    hard_bytes: int | None = None
    soft_bytes: int | None = None
    hard_files: int | None = None
    soft_files: int | None = None
    grace_s: int = 604_800


@dataclass(frozen=True, slots=True)
class Usage:
    """How a subject stands.

    Attributes:
        subject: `space:5`, `user:3` or `group:7`.
        used: on disk.
        held: reserved by uploads that are under way.
        limits: that apply.
        over_since: when a soft limit was passed; None while it is not.
    """

    subject: str
    used: Amount
    held: Amount
    limits: Limits
    over_since: datetime | None = None

    def objection(self, more: Amount, now: datetime) -> str:
        """Why so much more cannot be taken, a sentence; empty when it can.

        The same rule as the statement that reserves; this one is for its words.
        """
        limits = self.limits
        wanted = (
            ("bytes", self.used.bytes + self.held.bytes + more.bytes, limits.hard_bytes),
            ("files", self.used.files + self.held.files + more.files, limits.hard_files),
        )
        for what, total, limit in wanted:
            if limit is not None and total > limit:
                return f"{self.subject} may have {limit:,} {what}; this would make it {total:,}."
        since = self.over_since
        if since is not None and (now - since).total_seconds() >= limits.grace_s:
            return f"{self.subject} is over its soft limit since {since:%Y-%m-%d %H:%M} UTC."
        return ""


def subjects(*, space: int, user: int, groups: Sequence[int] = ()) -> list[str]:
    """Who is charged for a file, in the one order in which their rows are locked."""
    named = [f"space:{space}", f"user:{user}", *(f"group:{group}" for group in groups)]
    return sorted(set(named))
