"""EE's tasks: finding ours among them, and what they say about lists and files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from waystation.backends.tape.spectrum_archive import parse
from waystation.backends.tape.spectrum_archive.command import Eeadm
from waystation.backends.tape.spectrum_archive.listing import PREFIX
from waystation.backends.tape.spectrum_archive.parse import FileResult, TaskRow
from waystation.domains.staging.entities import FileOutcome, ListReport, ListState, Outcome
from waystation.domains.staging.errors import BackendUnavailableError

DUPLICATE = "GLESM431E"
"""The file is in another task, which goes on: no failure (NooBaa treats it so)."""

CODE_WORDS = {
    "GLESM451W": "the cartridge or the file cannot be reached now",
    "GLESL401E": "the file could not be read from tape",
    "GLESL400E": "the task ended before the file's turn",
}
"""What codes seen in public programs mean, as far as can be told; others are passed on bare."""


@dataclass(frozen=True, slots=True)
class KnownTasks:
    """Tasks by the handles that we give out: the full id, or the bare number of one of ours."""

    rows: tuple[TaskRow, ...]

    def of(self, handle: str) -> TaskRow | None:
        """The task of a handle, None if EE does not know it any more."""
        for row in reversed(self.rows):
            if handle == row.full_id or (handle == row.number and PREFIX in row.command):
                return row
        return None

    def of_list(self, list_name: str) -> TaskRow | None:
        """The task that reads the list of this name."""
        for row in reversed(self.rows):
            if list_name in row.command:
                return row
        return None

    def shows(self, row: TaskRow) -> bool:
        """`task show` of its number means this task: numbers wrap, the newest wins."""
        return next(r for r in reversed(self.rows) if r.number == row.number) is row


def known_tasks(eeadm: Eeadm, enough: Callable[[KnownTasks], bool]) -> KnownTasks:
    """Ask for the tasks; for the completed, a long list, only when the active are not enough.

    The active are asked first: a task that ends between the two calls is in both.

    Raises:
        BackendUnavailableError: EE does not answer, or not in a way we can read.
    """
    active = KnownTasks(tuple(ask_rows(eeadm, "task", "list", "--json")))
    if enough(active):
        return active
    completed = ask_rows(eeadm, "task", "list", "-c", "--json")
    later = {row.full_id for row in completed}
    kept = [row for row in active.rows if row.full_id not in later]
    return KnownTasks((*completed, *kept))


def ask_rows(eeadm: Eeadm, *words: str) -> list[TaskRow]:
    """Run a task list command and read it."""
    try:
        return parse.tasks(eeadm.ask(*words))
    except parse.UnreadableAnswerError as error:
        raise BackendUnavailableError(f"eeadm {' '.join(words)}: {error}") from error


def list_report(eeadm: Eeadm, handle: str, known: KnownTasks) -> ListReport:
    """How the list of a handle stands."""
    row = known.of(handle)
    if row is None:
        return ListReport(handle, ListState.UNKNOWN)
    state = state_of(row)
    if state is ListState.WAITING or not known.shows(row):
        return ListReport(handle, state)
    text = eeadm.ask("task", "show", "-r", row.number, tolerate=True)
    return ListReport(handle, state, outcomes(list(parse.file_results(text))))


def state_of(row: TaskRow) -> ListState:
    """EE's status in our words; a word we do not know is a task that has not ended."""
    match row.status:
        case "waiting":
            return ListState.WAITING
        case "completed":
            return ListState.ENDED
        case _:
            return ListState.ENDED if row.result else ListState.RUNNING


def outcomes(results: Sequence[FileResult]) -> tuple[FileOutcome, ...]:
    """News of files; a duplicate is no news: the file comes with the other task."""
    news = []
    for result in results:
        if not result.code:
            news.append(FileOutcome(result.path, Outcome.ONLINE))
        elif result.code != DUPLICATE:
            meaning = CODE_WORDS.get(result.code, "the recall failed")
            words = f"EE: {meaning} ({result.code})."
            news.append(FileOutcome(result.path, Outcome.FAILED, words))
    return tuple(news)
