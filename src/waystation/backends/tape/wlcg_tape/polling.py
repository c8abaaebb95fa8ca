"""Lists are looked at: some requests at a time, those first that waited longest."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from threading import Event
from urllib.parse import quote

from waystation.backends.tape.wlcg_tape import wire
from waystation.backends.tape.wlcg_tape.client import SiteClient
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.backends.tape.wlcg_tape.dropping import Dropper
from waystation.backends.tape.wlcg_tape.journal import Part
from waystation.backends.tape.wlcg_tape.locating import Locator
from waystation.backends.tape.wlcg_tape.watching import Doubt, Watch
from waystation.domains.staging.errors import BackendUnavailableError

log = logging.getLogger(__name__)

UNKNOWN = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
Seen = wire.StageSeen | None | BackendUnavailableError


class Poller:
    """Asks one site after its requests. Safe to use from several threads."""

    def __init__(
        self, config: WlcgTapeConfig, client: SiteClient, locator: Locator, dropper: Dropper
    ) -> None:
        self._config = config
        self._client = client
        self._locator = locator
        self._dropper = dropper

    def look(self, watches: Sequence[Watch], now: float) -> int:
        """Ask after what is due and take the answers in; how many requests were asked after.

        Raises:
            BackendUnavailableError: something was due, and nothing could be learned of any.
        """
        before = now - self._config.request_poll_s
        due = [(at, watch, part) for watch in watches for at, part in watch.due(before)]
        due.sort(key=lambda each: each[0])
        chosen = [(watch, part) for _, watch, part in due[: self._config.polls_per_call]]
        if not chosen:
            return 0
        answers = self._ask([part for _, part in chosen])
        troubles = [seen for seen in answers if isinstance(seen, BackendUnavailableError)]
        if len(troubles) == len(answers):
            raise troubles[0]
        for trouble in troubles[:1]:
            log.info("%d requests could not be looked at: %s", len(troubles), trouble.sentence)
        doubts: list[tuple[Watch, Doubt]] = []
        for (watch, part), seen in zip(chosen, answers, strict=True):
            if seen is None:
                watch.forget(part, now)
            elif isinstance(seen, wire.StageSeen):
                doubts += [(watch, doubt) for doubt in watch.see(part, seen, now)]
        self._settle(doubts)
        return len(chosen)

    def _ask(self, parts: Sequence[Part]) -> list[Seen]:
        """Answers, in order; once the site is silent the rest is not asked any more."""
        silent = Event()
        ask: Callable[[Part], Seen] = lambda part: self._ask_one(part, silent)  # noqa: E731
        with ThreadPoolExecutor(max(1, self._config.at_once), "tape-poll") as askers:
            answers = list(askers.map(ask, parts))
        if any(seen is None for seen in answers):
            # Before a request is believed to be forgotten the API must answer at all: a proxy in
            # front of a site that is down says 404 too.
            self._locator.locate([str(root) for root in self._config.roots[:1]] or ["/"])
        return answers

    def _ask_one(self, part: Part, silent: Event) -> Seen:
        if silent.is_set():
            return BackendUnavailableError("The other site does not answer.")
        try:
            reply = self._client.get(f"/stage/{quote(part.id, safe='')}")
        except BackendUnavailableError as trouble:
            if "status" not in trouble.facts:
                silent.set()
            return trouble
        if reply.status in UNKNOWN:
            return None
        seen = wire.stage_seen(reply.body)
        if seen is None:
            return BackendUnavailableError(
                f"The other site's answer to a poll cannot be read: {reply.complaint}.",
                advice="Check `endpoint`: this may be no Tape REST API v1.",
                status=reply.status,
            )
        return seen

    def _settle(self, doubts: Sequence[tuple[Watch, Doubt]]) -> None:
        """Look where the files of doubt are; if that cannot be told now they stay doubtful."""
        if not doubts:
            return
        try:
            found = self._locator.locate([doubt.path for _, doubt in doubts])
        except BackendUnavailableError as trouble:
            log.info("%d files are looked for later: %s", len(doubts), trouble.sentence)
            return
        for (watch, doubt), where in zip(doubts, found, strict=True):
            watch.settle(doubt, where)
        for watch in dict.fromkeys(watch for watch, _ in doubts):
            stuck = watch.stuck([doubt for mine, doubt in doubts if mine is watch])
            for request, paths in stuck.items():
                self._dropper.try_cancel(request, paths)
