"""ScoutAM's word about its disk cache."""

from dataclasses import dataclass

from waystation.backends.tape.scoutam.client import Reply
from waystation.backends.tape.scoutam.records import number
from waystation.domains.staging.errors import BackendUnavailableError

BROKEN = 3
"""`health`: 0 unknown, 1 ok, 2 warning, 3 error (mwa_staging's model)."""


@dataclass(frozen=True, slots=True)
class CacheState:
    """Sizes in bytes, None where ScoutAM told none.

    Attributes:
        free: not used.
        releasable: used by files that are on tape as well.
        whole: size of the file system.
        health: 0 unknown, 1 ok, 2 warning, 3 error.
        words: ScoutAM's beside it.
    """

    free: int | None
    releasable: int | None
    whole: int | None
    health: int
    words: str

    @property
    def broken(self) -> bool:
        """ScoutAM calls itself broken."""
        return self.health >= BROKEN


def cache_state(reply: Reply) -> CacheState:
    """Read the answer of `fscache`.

    Raises:
        BackendUnavailableError: it is not such an answer.
    """
    if not reply.well or "health" not in reply.told:
        raise BackendUnavailableError(
            f"ScoutAM does not tell the state of its cache: {reply.complaint}.",
            advice="Check the back end's `fscache` path.",
        )
    return CacheState(
        free=number(reply.told, "availdatasz"),
        releasable=number(reply.told, "releaseable"),
        whole=number(reply.told, "totdatasz"),
        health=number(reply.told, "health") or 0,
        words=str(reply.told.get("healthstatus", "")),
    )
