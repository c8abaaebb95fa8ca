"""The back end: the port's promises kept with ScoutAM's REST interface."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from waystation.backends.tape.scoutam import checks
from waystation.backends.tape.scoutam.cache import CacheState, cache_state
from waystation.backends.tape.scoutam.client import Reply, ScoutClient
from waystation.backends.tape.scoutam.config import MOST_BYTES, MOST_PATHS, ScoutAMConfig
from waystation.backends.tape.scoutam.keys import KeyFolder, SentList, portions
from waystation.backends.tape.scoutam.records import objection, report
from waystation.backends.tape.scoutam.releasing import Releaser
from waystation.backends.tape.scoutam.watching import Watch
from waystation.domains.staging.entities import (
    Capabilities,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
    ListState,
    RecallList,
    Residency,
)
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel.clock import Clock

STAGE, CANCEL = "/request/batchstage", "/request/cancelbatchstage"

MOST_WATCHED = 1024
"""Lists that are followed in memory; a forgotten one is only asked after anew."""


class ScoutAM:
    """A `TapeBackend` for Versity ScoutAM. Safe to use from several threads.

    Its handles are our own keys: ScoutAM gives none. A recall that fails is told by Kafka only
    (`backends.news.kafka`); `poll` finds what came, what is gone for good, and nothing else.
    """

    def __init__(self, config: ScoutAMConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._client = ScoutClient(config)
        self._keys = KeyFolder(config.state_dir, config.timeout_s)
        self._releaser = Releaser(self._client)
        self._watched: dict[str, Watch] = {}

    @property
    def capabilities(self) -> Capabilities:
        """ScoutAM hides its tapes and sorts by itself, the better the more it has to sort."""
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
        return list(checks.findings(self._config, self._client))

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """As the port promises: one question a file, some at a time on kept connections."""
        if not paths:
            return []
        with ThreadPoolExecutor(min(self._config.at_once, len(paths)), "scoutam-file") as askers:
            return list(askers.map(self._locate_one, paths))

    def recall(self, wanted: RecallList) -> str:
        """As the port promises: batchstage in portions, each written down when it was taken."""
        self._refuse_unfit(wanted)
        self._keys.prune(self._clock.now().timestamp() - self._config.keep_keys_s)
        with self._keys.held(wanted.key):
            sent = self._keys.read(wanted.key)
            if sent is None:
                sent = SentList(wanted.paths)
                self._keys.write(wanted.key, sent)
            # What was stored, not what is wanted now: portions must be cut alike.
            for n, portion in enumerate(self._portions(sent.paths), 1):
                if n <= sent.taken:
                    continue
                self._stage(wanted.key, portion, first=n == 1)
                sent = SentList(sent.paths, n, sent.dropped)
                self._keys.write(wanted.key, sent)
        return wanted.key

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """As the port promises; asks for a few files, and at least whether ScoutAM answers."""
        if not handles:
            return []
        left = self._config.looks_per_poll
        reports: dict[str, ListReport] = {}
        for handle in dict.fromkeys(handles):
            watch = self._watch(handle)
            if watch is None:
                reports[handle] = ListReport(handle, ListState.UNKNOWN)
                continue
            left -= watch.look(self.locate, now=self._clock.now().timestamp(), most=left)
            state = ListState.ENDED if watch.ended else ListState.RUNNING
            reports[handle] = ListReport(handle, state, watch.news)
        if left == self._config.looks_per_poll:
            self.cache()
        return [reports[handle] for handle in handles]

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """As the port promises."""
        if self._keys.changed(handle) is None:
            return
        with self._keys.held(handle):
            sent = self._keys.read(handle)
            if sent is None:
                return
            ours = set(sent.paths).difference(sent.dropped)
            gone = [path for path in dict.fromkeys(paths) if path in ours]
            for portion in self._portions(gone):
                reply = self._client.put(CANCEL, self._batch(handle, portion))
                if not reply.well:
                    raise BackendUnavailableError(
                        f"ScoutAM did not cancel {len(portion)} files: {reply.complaint}."
                    )
            if gone:
                dropped = (*sent.dropped, *gone)
                self._keys.write(handle, SentList(sent.paths, sent.taken, dropped))

    def release(self, paths: Sequence[str]) -> None:
        """As the port promises, when the settings say that `release` may be used."""
        if self._config.releases:
            reports = self.locate([path for path in paths if not objection(path)])
            both = [r.path for r in reports if r.residency is Residency.BOTH and r.size_bytes]
            if both:
                with ThreadPoolExecutor(self._config.at_once, "scoutam-release") as callers:
                    list(callers.map(self._releaser.release, both))

    def library(self) -> LibraryReport:
        """As the port promises: no drive is shown; unavailable when ScoutAM says it is broken."""
        state = self.cache()
        if state.broken:
            raise BackendUnavailableError(
                f"ScoutAM says that it is in trouble: {state.words}.",
                advice="Look at ScoutAM's own health.",
            )
        return LibraryReport()

    def cache(self) -> CacheState:
        """The disk cache as ScoutAM sees it: sizes and health.

        Raises:
            BackendUnavailableError: it does not answer.
        """
        return cache_state(self._client.get(self._config.fscache))

    def _locate_one(self, path: str) -> FileReport:
        words = objection(path)
        if words:
            return FileReport(path, Residency.MISSING, words=words)
        return report(path, self._client.get("/file", path=path))

    def _stage(self, key: str, portion: list[str], *, first: bool) -> None:
        reply: Reply = self._client.put(STAGE, self._batch(key, portion))
        if reply.well:
            return
        if first:
            self._keys.forget(key)
        raise BackendRefusedError(
            f"ScoutAM did not take {len(portion)} files: {reply.complaint}.",
            status=reply.status,
        )

    def _batch(self, key: str, paths: list[str]) -> dict[str, object]:
        """The body of a batch call; copy 0 lets ScoutAM choose which copy to read."""
        return {
            "path": paths,
            "copy": 0,
            "inode": [],
            "key": key,
            "topic": self._config.topic,
        }

    def _portions(self, paths: Sequence[str]) -> list[list[str]]:
        most = min(MOST_PATHS, self._config.list_limit)
        return list(portions(paths, most=most, most_bytes=MOST_BYTES))

    def _watch(self, handle: str) -> Watch | None:
        """The watch of a list, made anew when the list was changed; None if it is unknown."""
        changed = self._keys.changed(handle)
        if changed is None:
            self._watched.pop(handle, None)
            return None
        watch = self._watched.pop(handle, None)
        if watch is None or watch.written != changed:
            sent = self._keys.read(handle)
            if sent is None:
                return None
            watch = Watch(sent, self._config.look_after_s)
        self._watched[handle] = watch
        while len(self._watched) > MOST_WATCHED:
            self._watched.pop(next(iter(self._watched)))
        return watch

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
