"""Group commit: calls that come within a few milliseconds are worked on together.

Globus asks file by file, 64 at a time; a transaction, a list for the tape system and a look at the
file system for each would be the old service again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import StoreInfo
from waystation.interfaces.dialects.ltfsee_globus.translate import Reply

# A group is whole when nothing came for longer than the gap between two of 64 calls sent at once;
# but nobody waits longer for it than people notice.
QUIET_S = 0.003
LONGEST_S = 0.05
MOST = 500


@dataclass(slots=True, eq=False)
class Call:
    """One globus_recall that waits for its answer.

    Attributes:
        who: asks.
        where: the store of the file.
        path: of the file, one that the store can have.
        task: id of the Globus task.
        library: from which library, empty when it is not said.
    """

    who: Grant
    where: StoreInfo
    path: str
    task: str
    library: str
    _answer: asyncio.Future[Reply] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    async def answer(self) -> Reply:
        """Its answer, once there is one."""
        return await self._answer

    def tell(self, reply: Reply) -> None:
        """Give the answer; one who has hung up meanwhile gets none."""
        if not self._answer.done():
            self._answer.set_result(reply)

    def fail(self, problem: Exception) -> None:
        """Give an error in its place."""
        if not self._answer.done():
            self._answer.set_exception(problem)


class Gatherer:
    """Collects calls and hands them over in groups; each call is answered by whoever works."""

    def __init__(self, work: Callable[[list[Call]], Awaitable[None]]) -> None:
        self._work = work
        self._waiting: list[Call] = []
        self._timer: asyncio.TimerHandle | None = None
        self._until_s = 0.0
        self._under_way: set[asyncio.Task[None]] = set()

    async def answer(self, call: Call) -> Reply:
        """Put a call into the next group; its answer."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._until_s = loop.time() + LONGEST_S
        self._waiting.append(call)
        if self._timer is not None:
            self._timer.cancel()
        at_s = min(loop.time() + QUIET_S, self._until_s)
        if len(self._waiting) >= MOST:
            self._hand_over()
        else:
            self._timer = loop.call_at(at_s, self._hand_over)
        return await call.answer()

    def _hand_over(self) -> None:
        self._timer = None
        group, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._answered(group))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answered(self, group: list[Call]) -> None:
        try:
            await self._work(group)
        except Exception as problem:  # noqa: BLE001 - each caller raises it as its own
            for call in group:
                call.fail(problem)
