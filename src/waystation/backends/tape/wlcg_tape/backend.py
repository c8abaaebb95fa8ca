"""The back end: the port's promises kept with another site's Tape REST API."""

import time
from collections.abc import Mapping, Sequence

from waystation.backends.tape.wlcg_tape import checks
from waystation.backends.tape.wlcg_tape.client import SiteClient
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.backends.tape.wlcg_tape.dropping import Dropper
from waystation.backends.tape.wlcg_tape.journal import Note
from waystation.backends.tape.wlcg_tape.limits import Limits
from waystation.backends.tape.wlcg_tape.locating import Locator
from waystation.backends.tape.wlcg_tape.naming import Prefixes, objection
from waystation.backends.tape.wlcg_tape.notes import Notes
from waystation.backends.tape.wlcg_tape.polling import Poller
from waystation.backends.tape.wlcg_tape.sending import Sender
from waystation.backends.tape.wlcg_tape.watching import Watch
from waystation.domains.staging.entities import (
    Capabilities,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
    ListState,
    RecallList,
)
from waystation.domains.staging.errors import BackendRefusedError
from waystation.kernel.clock import Clock

MOST_WATCHED = 1024
"""Lists that are followed in memory; a forgotten one is only asked after anew."""


class WlcgTape:
    """A `TapeBackend` for another site's dCache, EOS or StoRM. Safe to use from several threads.

    "Online" is online there; moving the bytes here is not a tape system's work. Its handles are
    our own keys: one list is as many stage requests as the site's limits make of it.
    """

    def __init__(self, config: WlcgTapeConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._client = SiteClient(config)
        self._notes = Notes(config.state_dir, config.timeout_s)
        limits = Limits(config.state_dir, config.request_files)
        self._locator = Locator(config, self._client)
        self._sender = Sender(config, self._client, self._notes, limits=limits, now=self._now)
        self._dropper = Dropper(config, self._client, self._notes, limits)
        self._poller = Poller(config, self._client, self._locator, self._dropper)
        self._prefixes = Prefixes(config.prefixes)
        self._watched: dict[str, Watch] = {}

    @property
    def capabilities(self) -> Capabilities:
        """The other site hides its tapes and sorts by itself, the better the more it has."""
        return Capabilities(
            sees_tape=False,
            sees_position=False,
            keeps_order=False,
            cancels=True,
            releases=self._config.releases,
            list_limit=self._config.list_limit,
            slots=self._config.lists,
        )

    def check_config(self) -> list[Finding]:
        """As the port promises."""
        now = self._clock.now()
        return list(checks.findings(self._config, self._client, self._locator, now))

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """As the port promises; the API tells no sizes."""
        return self._locator.locate(paths)

    def recall(self, wanted: RecallList) -> str:
        """As the port promises: stage requests, each written down when it was accepted."""
        self._refuse_unfit(wanted)
        self._notes.prune(self._now() - self._config.keep_lists_s)
        with self._notes.held(wanted.key):
            note = self._notes.read(wanted.key)
            if note is None:
                note = self._notes.begin(wanted.key, tuple(dict.fromkeys(wanted.paths)))
            if not note.whole:
                self._sender.send(note, time.monotonic() + self._config.timeout_s)
        return wanted.key

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """As the port promises; sends what the site did not take before, then asks."""
        if not handles:
            return []
        watches: dict[str, Watch] = {}
        for handle in dict.fromkeys(handles):
            watch = self._watch(handle)
            if watch is not None:
                watches[handle] = watch
        self._send_on({h: watch for h, watch in watches.items() if not watch.note.whole})
        asked = self._poller.look(list(watches.values()), self._now())
        if not asked:
            self._ping()
        reports = {handle: watch.report() for handle, watch in watches.items()}
        for handle, report in reports.items():
            if report.state in {ListState.ENDED, ListState.UNKNOWN}:
                self._watched.pop(handle, None)  # ten thousand outcomes that nobody needs twice
        unknown = ListState.UNKNOWN
        return [reports.get(handle) or ListReport(handle, unknown) for handle in handles]

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """As the port promises."""
        if self._notes.read(handle) is None:
            return
        with self._notes.held(handle):
            note = self._notes.read(handle)
            if note is None:
                return
            gone = set(paths).intersection(note.paths) - note.dropped
            for part in note.parts:
                mine = [path for path in note.files(part) if path in gone]
                if part.id and mine:
                    self._dropper.cancel(part.id, mine)
            if gone:
                self._notes.drop(handle, sorted(gone))

    def release(self, paths: Sequence[str]) -> None:
        """As the port promises, when the settings say that the site releases anything."""
        fit = [path for path in paths if not objection(path)]
        if self._config.releases and fit:
            self._dropper.release(fit)

    def library(self) -> LibraryReport:
        """As the port promises: no drive is shown; unavailable when the site does not answer."""
        self._ping()
        return LibraryReport()

    def _ping(self) -> None:
        """One cheap question: whether the API answers, and to us."""
        self._locator.locate([str(root) for root in self._config.roots[:1]] or ["/"])

    def _send_on(self, watches: Mapping[str, Watch]) -> None:
        """Send the rest of lists; until the site takes nothing more, or the time is over.

        A list that another process is sending is left to that one.
        """
        end = time.monotonic() + self._config.timeout_s
        for handle, watch in watches.items():
            with self._notes.held(handle, wait=False) as ours:
                note = self._notes.read(handle) if ours else None
                if note is None:
                    continue
                sent = self._sender.send(note, end)
            watch.renew(sent)
            if sent.taken == note.taken:
                break

    def _watch(self, handle: str) -> Watch | None:
        """The watch of a list, brought up to date when the list was changed; None if unknown."""
        size = self._notes.size(handle)
        watch = self._watched.pop(handle, None)
        if watch is None or watch.note.size != size:
            note: Note | None = self._notes.read(handle)
            if note is None or not note.parts:
                return None
            if watch is None:
                watch = Watch(note, self._prefixes, self._config.stuck_after_s)
            else:
                watch.renew(note)
        self._watched[handle] = watch
        while len(self._watched) > MOST_WATCHED:
            self._watched.pop(next(iter(self._watched)))
        return watch

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _refuse_unfit(self, wanted: RecallList) -> None:
        if not wanted.paths:
            raise BackendRefusedError("The recall list is empty.")
        if len(wanted.paths) > self._config.list_limit:
            raise BackendRefusedError(
                f"The recall list has {len(wanted.paths)} files;"
                f" {self._config.list_limit} is the most.",
                advice="Send it in parts, or raise the back end's `list_limit`.",
            )
        for path in wanted.paths:
            words = objection(path)
            if words:
                raise BackendRefusedError(f"{path!r} cannot be recalled: {words}.", path=path)
