"""The back end: the port's promises kept with nothing but `eeadm` and the file system."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from waystation.backends.tape.spectrum_archive import checks, parse
from waystation.backends.tape.spectrum_archive.command import Eeadm, portions
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.backends.tape.spectrum_archive.glance import Bounds, look, objection
from waystation.backends.tape.spectrum_archive.listing import ListFolder
from waystation.backends.tape.spectrum_archive.places import Cartridges, report
from waystation.backends.tape.spectrum_archive.starting import RecallStarter
from waystation.backends.tape.spectrum_archive.tasks import (
    KnownTasks,
    known_tasks,
    list_report,
    state_of,
)
from waystation.domains.staging.entities import (
    Capabilities,
    DriveReport,
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

DRIVE_WORDS: Mapping[str, str] = {
    "mounted": "idle",
    "standby": "idle",
    "mounting": "mounting",
    "in_use": "reading",
    "not_mounted": "empty",
    "unmounting": "unmounting",
    "locked": "offline",
    "check_node": "offline",
    "unassigned": "offline",
    "disabled": "offline",
    "check_tape_drive": "offline",
    "not_installed": "offline",
    "missing": "offline",
    "check_drive_path": "offline",
}
"""EE's drive states in our words."""


class SpectrumArchive:
    """A `TapeBackend` for IBM Spectrum Archive EE. Safe to use from several threads.

    Its handles are EE's full task ids, `1026@2019-02-18T20:02:38`, because bare numbers wrap.
    """

    def __init__(self, config: EeadmConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._eeadm = Eeadm(config)
        self._lists = ListFolder(config.list_dir)
        self._starter = RecallStarter(config, self._eeadm, self._lists)
        self._cartridges = Cartridges(self._eeadm)

    @property
    def capabilities(self) -> Capabilities:
        """EE sorts inside one recall by itself and hides positions; it can stop whole tasks."""
        return Capabilities(
            sees_tape=True,
            sees_position=False,
            keeps_order=False,
            cancels=True,
            releases=True,
            list_limit=self._config.list_limit,
            # One more than drives: the next list is at EE before a drive asks for it.
            slots=self._config.drives + 1,
        )

    def check_config(self) -> list[Finding]:
        """As the port promises."""
        return list(checks.findings(self._config, self._eeadm))

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """As the port promises: the file system first, then `eeadm file state` in bulk."""
        return self.locate_in(paths, [""] * len(paths))

    def locate_in(self, paths: Sequence[str], libraries: Sequence[str]) -> list[FileReport]:
        """As `Libraries` promises."""
        bounds = Bounds(self._config.roots)
        seen = {path: look(path, self._config.xattr, bounds) for path in paths}
        doubtful = [
            path
            for path, glance in seen.items()
            if glance.residency is Residency.UNKNOWN and not glance.words
        ]
        told: dict[str, parse.FileState] = {}
        for portion in portions(doubtful, self._config.paths_per_call):
            # One file that vanished meanwhile makes the exit code 1; the others have answers.
            text = self._eeadm.ask("file", "state", "-s", *portion, tolerate=True)
            told.update(parse.file_states(text))
        residencies = {glance.residency for glance in seen.values()}
        residencies |= {state.residency for state in told.values()}
        on_tape = not residencies.isdisjoint({Residency.NEARLINE, Residency.LOST})
        tapes = self._cartridges.known(self._clock.now()) if on_tape else {}
        return [
            report(path, seen[path], told.get(path), tapes, library=library)
            for path, library in zip(paths, libraries, strict=True)
        ]

    def recall(self, wanted: RecallList) -> str:
        """As the port promises: one detached `eeadm recall`, found again by its list's name."""
        self._refuse_unfit(wanted)
        self._lists.prune(self._clock.now().timestamp() - self._config.keep_lists_s)
        return self._starter.start(wanted)

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """As the port promises."""
        if not handles:
            return []
        known = self._known_tasks(handles)
        return [list_report(self._eeadm, handle, known) for handle in handles]

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """As the port promises; EE can only stop a whole task."""
        known = self._known_tasks([handle])
        row = known.of(handle)
        listed = self._lists.paths_in(row.command) if row else None
        if row is None or listed is None or state_of(row) is ListState.ENDED:
            return
        settled = {file.path for file in list_report(self._eeadm, handle, known).files}
        if set(listed) - settled <= set(paths):
            try:
                self._eeadm.ask("task", "cancel", row.number)
            except BackendUnavailableError:
                # It ended just now and there is nothing to cancel: the caller's race.
                still = self._known_tasks([handle]).of(handle)
                if still is not None and state_of(still) is not ListState.ENDED:
                    raise

    def release(self, paths: Sequence[str]) -> None:
        """As the port promises: files with a copy on tape become stubs by `eeadm migrate`."""
        reports = self.locate([path for path in paths if not objection(path)])
        both = [
            report.path
            for report in reports
            if report.residency is Residency.BOTH and report.size_bytes
        ]
        for begin in range(0, len(both), self._config.list_limit):
            key = f"release-{uuid4()}"
            place = self._lists.write_list(key, both[begin : begin + self._config.list_limit])
            pool = ("-p", self._config.release_pool) if self._config.release_pool else ()
            with self._lists.output_of(key) as (output, _):
                self._eeadm.start(("migrate", str(place), *pool), output)

    def library(self) -> LibraryReport:
        """As the port promises."""
        try:
            rows = parse.drives(self._eeadm.ask("drive", "list", "--json"))
        except parse.UnreadableAnswerError as error:
            raise BackendUnavailableError(f"eeadm drive list: {error}") from error
        return LibraryReport(
            tuple(
                DriveReport(
                    name=row.serial,
                    state=DRIVE_WORDS.get(row.state, "unknown"),
                    tape=row.tape or None,
                    library=row.library or None,
                )
                for row in rows
            )
        )

    def _known_tasks(self, handles: Sequence[str]) -> KnownTasks:
        return known_tasks(
            self._eeadm, lambda active: all(active.of(handle) for handle in handles)
        )

    def _refuse_unfit(self, wanted: RecallList) -> None:
        """Refuse what EE could read as something else than a list of these files."""
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
        if wanted.library is not None and wanted.library.startswith("-"):
            raise BackendRefusedError(f"{wanted.library!r} is not the name of a library.")
