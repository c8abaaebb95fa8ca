"""Where files are: archiveinfo in portions, until every path has an answer."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from waystation.backends.tape.wlcg_tape import wire
from waystation.backends.tape.wlcg_tape.client import SiteClient
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.backends.tape.wlcg_tape.naming import Prefixes, likeness, objection
from waystation.domains.staging.entities import FileReport, Residency
from waystation.domains.staging.errors import BackendUnavailableError

CALL = "/archiveinfo"
TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Locator:
    """Asks one site where files are. Safe to use from several threads."""

    def __init__(self, config: WlcgTapeConfig, client: SiteClient) -> None:
        self._client = client
        self._prefixes = Prefixes(config.prefixes)
        self._at_once = config.at_once
        self._most = config.info_files

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """One report a path, in the order asked.

        Raises:
            BackendUnavailableError: the site does not answer, or not with an archiveinfo answer.
        """
        found: dict[str, FileReport] = {}
        for path in paths:
            words = objection(path)
            if words:
                found[path] = FileReport(path, Residency.MISSING, words=words)
        asked = [path for path in dict.fromkeys(paths) if path not in found]
        with ThreadPoolExecutor(max(1, self._at_once), "archiveinfo") as askers:
            for told in askers.map(self._ask, _portions(asked, self._most)):
                found.update(told)
        return [found[path] for path in paths]

    def _ask(self, paths: Sequence[str]) -> dict[str, FileReport]:
        """Reports of one portion; what the site leaves out is asked for again.

        dCache answers for the first 10,000 paths and says nothing of the rest; any server may do
        so with less ("answer what you can").
        """
        found: dict[str, FileReport] = {}
        left = list(paths)
        while left:
            told = self._entries([self._prefixes.there(path) for path in left])
            alike = {likeness(path): entry for path, entry in told.items()}
            entries = {path: self._entry(path, told, alike) for path in left}
            new = {path: entry for path, entry in entries.items() if entry is not None}
            found.update((path, wire.file_report(path, entry)) for path, entry in new.items())
            if not new:
                found.update((path, wire.file_report(path, None)) for path in left)
            left = [path for path in left if path not in found]
        return found

    def _entry(
        self,
        path: str,
        told: Mapping[str, Mapping[str, object]],
        alike: Mapping[str, Mapping[str, object]],
    ) -> Mapping[str, object] | None:
        there = self._prefixes.there(path)
        return told.get(there) or alike.get(likeness(there))

    def _entries(self, there: list[str]) -> Mapping[str, Mapping[str, object]]:
        """One answer, or two of the halves where the site takes no more at once."""
        reply = self._client.post(CALL, {"paths": there}, tolerate={TOO_LARGE}, again=True)
        if reply.status == TOO_LARGE and len(there) > 1:
            half = len(there) // 2
            self._most = min(self._most, max(1, half))
            return {**self._entries(there[:half]), **self._entries(there[half:])}
        told = wire.archive_info(reply.body) if reply.well else None
        if told is None:
            raise BackendUnavailableError(
                f"The other site's answer to archiveinfo cannot be read: {reply.complaint}.",
                advice="Check `endpoint`: this may be no Tape REST API v1.",
                status=reply.status,
            )
        return told


def _portions(paths: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(paths), most):
        yield paths[first : first + most]
