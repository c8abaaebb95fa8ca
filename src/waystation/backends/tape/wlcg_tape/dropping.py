"""What is not wanted any more: cancelling files of a request, giving files on disk back."""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from urllib.parse import quote

from waystation.backends.tape.wlcg_tape import wire
from waystation.backends.tape.wlcg_tape.client import SiteClient
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.backends.tape.wlcg_tape.holding import Held, Holdings
from waystation.backends.tape.wlcg_tape.limits import Limits
from waystation.backends.tape.wlcg_tape.naming import Prefixes
from waystation.backends.tape.wlcg_tape.notes import Notes
from waystation.domains.staging.errors import BackendUnavailableError

log = logging.getLogger(__name__)

NOBODYS = "waystation-no-request"
"""Request named when we know none of a path: dCache and EOS do not look at it."""

PASSED_OVER = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.INTERNAL_SERVER_ERROR,
}


class Dropper:
    """Cancels and releases at one site. Safe to use from several threads."""

    def __init__(
        self, config: WlcgTapeConfig, client: SiteClient, notes: Notes, limits: Limits
    ) -> None:
        self._client = client
        self._notes = notes
        self._limits = limits
        self._holdings = Holdings(notes)
        self._prefixes = Prefixes(config.prefixes)
        self._at_once = max(1, config.at_once)
        self._takes_nobodys = True

    def cancel(self, request: str, paths: Sequence[str]) -> None:
        """Drop files of one request; a request that the site does not know has nothing to drop.

        Raises:
            BackendUnavailableError: the site does not answer.
        """
        there = [self._prefixes.there(path) for path in paths]
        if self._cancel(request, there) == HTTPStatus.BAD_REQUEST:
            # One path that the site does not count to the request, and it does nothing at all:
            # name only those that it lists itself.
            reply = self._client.get(_of(request))
            seen = wire.stage_seen(reply.body) if reply.well else None
            listed = {file.path for file in seen.files} if seen else set()
            self._cancel(request, [path for path in there if path in listed])

    def try_cancel(self, request: str, paths: Sequence[str]) -> None:
        """The same, when it matters to nobody whether it succeeds."""
        try:
            self.cancel(request, paths)
        except BackendUnavailableError as trouble:
            log.info("%d files stay in %s: %s", len(paths), request, trouble.sentence)

    def release(self, paths: Collection[str]) -> None:
        """Give files back, in every request of ours that holds them.

        An answer of 200 is no proof: the site may have kept the files (dCache's issue 7516). What
        bounds that is the disk lifetime that was asked for.

        Raises:
            BackendUnavailableError: the site does not answer.
        """
        held = self._holdings.of(paths)
        known = {path for each in held for path in each.paths}
        if self._takes_nobodys:
            rest = tuple(path for path in dict.fromkeys(paths) if path not in known)
            held += [Held("", NOBODYS, rest)] if rest else []
        with ThreadPoolExecutor(self._at_once, "release") as callers:
            list(callers.map(self._release, held))

    def _release(self, held: Held) -> None:
        for portion in self._portions(held.paths):
            there = [self._prefixes.there(path) for path in portion]
            call = f"/release/{quote(held.request, safe='')}"
            body = {"paths": there}
            reply = self._client.post(call, body, tolerate=PASSED_OVER, again=True)
            if not reply.well:
                log.info("release of %d files not taken: %s", len(portion), reply.complaint)
                self._takes_nobodys = self._takes_nobodys and bool(held.key)
            if held.key:
                self._notes.release(held.key, list(portion))

    def _cancel(self, request: str, there: Sequence[str]) -> int:
        """Status of the last answer. Never without a path: dCache would cancel everything."""
        status = int(HTTPStatus.OK)
        for portion in self._portions(there):
            call, body = f"{_of(request)}/cancel", {"paths": list(portion)}
            reply = self._client.post(call, body, tolerate=PASSED_OVER, again=True)
            if reply.status == HTTPStatus.INTERNAL_SERVER_ERROR:
                raise BackendUnavailableError(
                    f"The other site answered {reply.complaint} to a cancel.", status=reply.status
                )
            status = max(status, reply.status)
        return status

    def _portions(self, paths: Sequence[str]) -> list[Sequence[str]]:
        most = self._limits.files
        return [paths[first : first + most] for first in range(0, len(paths), most)]


def _of(request: str) -> str:
    return f"/stage/{quote(request, safe='')}"
