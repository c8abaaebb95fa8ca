"""Lists without a status: ScoutAM is asked file by file what became of the silent ones, slowly.

Its ordinary news comes by Kafka. Only a list that has been with it for a while is asked after, a
few hundred files a poll, so that lost news costs patience and not thousands of questions.
"""

from collections import deque
from collections.abc import Callable, Sequence

from waystation.backends.tape.scoutam.keys import SentList
from waystation.domains.staging.entities import FileOutcome, FileReport, Outcome, Residency

Ask = Callable[[Sequence[str]], list[FileReport]]


class Watch:
    """What is known of one sent list.

    Attributes:
        written: of the list that this was made from; another one needs another watch.
    """

    def __init__(self, sent: SentList, look_after_s: float) -> None:
        self.written = sent.written
        dropped = set(sent.dropped)
        self._silent = deque(path for path in dict.fromkeys(sent.paths) if path not in dropped)
        self._settled: list[FileOutcome] = []
        self._look_after_s = look_after_s
        self._due = sent.written + look_after_s
        self._left = 0

    @property
    def ended(self) -> bool:
        """Every file came, is gone for good, or was cancelled."""
        return not self._silent

    @property
    def news(self) -> tuple[FileOutcome, ...]:
        """Files that are settled, each time all of them."""
        return tuple(self._settled)

    def look(self, ask: Ask, *, now: float, most: int) -> int:
        """Ask for silent files if it is time; how many were asked for.

        Args:
            ask: where files are.
            now: seconds since 1970.
            most: files to ask for at most.
        """
        if not self._left and now >= self._due:
            self._left = len(self._silent)
        count = min(self._left, most)
        if not count:
            return 0
        paths = [self._silent[n] for n in range(count)]
        for seen in ask(paths):
            self._silent.popleft()
            self._left -= 1
            outcome = outcome_of(seen)
            if outcome is None:
                self._silent.append(seen.path)
            else:
                self._settled.append(outcome)
        if not self._left:
            self._due = now + self._look_after_s
        return count


def outcome_of(seen: FileReport) -> FileOutcome | None:
    """How a file's recall ended, by where the file is; None if it has not."""
    if seen.residency.on_disk:
        return FileOutcome(seen.path, Outcome.ONLINE)
    if seen.residency is Residency.MISSING:
        return FileOutcome(seen.path, Outcome.REFUSED, f"ScoutAM: {seen.words}.")
    return None
