"""A list becomes stage requests, each written down when the site has accepted it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from waystation.backends.tape.wlcg_tape import wire
from waystation.backends.tape.wlcg_tape.client import Reply, SiteClient
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.backends.tape.wlcg_tape.journal import Note, Part
from waystation.backends.tape.wlcg_tape.limits import Limits
from waystation.backends.tape.wlcg_tape.naming import Prefixes
from waystation.backends.tape.wlcg_tape.notes import Notes
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError

log = logging.getLogger(__name__)

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
FORBIDDEN = HTTPStatus.FORBIDDEN
UNDERSTOOD = {
    TOO_LARGE,
    FORBIDDEN,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
}
BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR
NOT_NOW = HTTPStatus.SERVICE_UNAVAILABLE
PATIENCE = 3
"""So many times a 500 is the site's trouble; then it is looked for the file that causes it."""
STRIKES = 3
"""So many files refused one after the other and none accepted: it is not about the files."""
LEAST_GUESSED = 10
"""A limit that is only guessed (from a 403 without words) is not taken to be smaller."""
WORKED_S = 600.0
"""A site that accepted something so recently does stage: a 500 is about the file."""


@dataclass(slots=True)
class _Turn:
    """One attempt to send what is left of a list.

    Attributes:
        size: files in the next request; falls while the one that is refused is looked for.
        end: monotonic moment after which nothing more is sent, if something was accepted.
        suspect: size of a request that was forbidden; one file alone shows whether by its size.
        hunting: a 500 is taken to be about one of the files.
        strikes: files refused one after the other.
        refusal: the last one.
    """

    note: Note
    size: int
    end: float
    suspect: int = 0
    hunting: bool = False
    strikes: int = 0
    refusal: Reply | None = None

    @property
    def over(self) -> bool:
        """Nothing is left, or there was time enough and something has been accepted."""
        if self.note.accepted:
            return self.note.whole or time.monotonic() > self.end
        return self.note.whole or self.strikes >= STRIKES


class Sender:
    """Sends lists to one site. Safe to use from several threads that hold their keys."""

    def __init__(
        self,
        config: WlcgTapeConfig,
        client: SiteClient,
        notes: Notes,
        limits: Limits,
        now: Callable[[], float],
    ) -> None:
        self._config = config
        self._client = client
        self._notes = notes
        self._limits = limits
        self._now = now
        self._prefixes = Prefixes(config.prefixes)
        self._broken: dict[tuple[str, int], int] = {}
        self._worked_at = float("-inf")

    def send(self, note: Note, end: float) -> Note:
        """Send what was not accepted yet, as far as the site takes it; the list as it is then.

        When the site takes a part and then no more, or time is over, that part is as good as a
        list: the rest is sent by later polls.

        Args:
            note: of which the key is held.
            end: monotonic moment after which nothing more is sent, if something was accepted.

        Raises:
            BackendUnavailableError: nothing of the list is accepted so far.
            BackendRefusedError: nothing of the list will be accepted.
        """
        if note.doubtful:
            log.warning(
                "list %s: the other site may have a request for files %d and on that we do not"
                " know; it ends with its disk lifetime",
                note.key,
                note.taken,
            )
        turn = _Turn(note, self._limits.files, end)
        while not turn.over:
            try:
                self._send_part(turn)
            except BackendUnavailableError as trouble:
                if not turn.note.accepted:
                    raise
                log.info("list %s: the rest follows: %s", note.key, trouble.sentence)
                break
        if not turn.note.accepted:
            self._none_accepted(turn)
        return turn.note

    def _send_part(self, turn: _Turn) -> None:
        note, first = turn.note, turn.note.taken
        part = note.paths[first : first + turn.size]
        files = [path for path in part if path not in note.dropped]
        if not files:
            dropped = Part("", first, len(part), self._now(), "cancelled before it was sent")
            turn.note = self._notes.answered(note, dropped)
            return
        body = wire.stage_body(
            [self._prefixes.there(path) for path in files],
            lifetime_s=self._config.disk_lifetime_s,
            metadata=self._metadata(),
        )
        # Once a part was accepted nobody waits for the rest: a busy site is left alone.
        busy = {HTTPStatus.TOO_MANY_REQUESTS} if note.accepted else set()
        self._notes.sending(note)
        try:
            reply = self._client.post("/stage", body, tolerate=UNDERSTOOD | busy, again=False)
        except BackendUnavailableError as trouble:
            if _surely_not_taken(trouble):
                self._notes.not_taken(note)
            raise
        if not reply.well and reply.status != BROKEN:
            self._notes.not_taken(note)
        if reply.well:
            self._accepted(turn, reply, len(part))
        elif reply.status == TOO_LARGE or self._says_too_many(reply, len(part)):
            self._too_many(turn, reply, len(part))
        elif reply.status in busy:
            raise BackendUnavailableError(f"The other site answered {reply.complaint}.")
        elif reply.status == FORBIDDEN:
            self._forbidden(turn, reply, len(part))
        else:
            self._odd(turn, reply, len(part))

    def _accepted(self, turn: _Turn, reply: Reply, count: int) -> None:
        number = wire.request_id(reply.body, reply.headers.get("location", ""))
        if not number:
            raise BackendUnavailableError(
                f"The other site accepted {count} files and told no request id.",
                advice="Check `endpoint`: this may be no Tape REST API.",
            )
        first = turn.note.taken
        self._broken.pop((turn.note.key, first), None)
        turn.note = self._notes.answered(turn.note, Part(number, first, count, self._now()))
        if turn.suspect >= 2 * LEAST_GUESSED:
            self._limits.refused(turn.suspect)
        turn.suspect = turn.strikes = 0
        turn.hunting = False
        self._worked_at = time.monotonic()
        turn.size = self._limits.files

    def _says_too_many(self, reply: Reply, count: int) -> bool:
        """Whether a 403 means the number of files: dCache before April 2026 (its issue 7997)."""
        said = wire.TOO_MANY_WORDS.search(reply.complaint)
        return reply.status == FORBIDDEN and count > 1 and said is not None

    def _too_many(self, turn: _Turn, reply: Reply, count: int) -> None:
        if count == 1:
            self._refuse(turn, reply)
            return
        self._limits.refused(count)
        turn.size = max(1, count // 2)

    def _forbidden(self, turn: _Turn, reply: Reply, count: int) -> None:
        """No word of a limit: one file alone shows whether we may stage at all."""
        if count > 1:
            turn.suspect, turn.size = count, 1
            return
        if self._works and not turn.strikes:
            # We may stage, only not this file. One such a turn: rights may just have been
            # withdrawn, and then every file would look like that.
            self._refuse(turn, reply)
        else:
            raise BackendUnavailableError(
                f"The other site does not let us stage: {reply.complaint}.",
                advice=(
                    "Ask the other site for the right to stage: storage.stage in the token, or the"
                    " certificate's rights."
                ),
                status=reply.status,
            )

    def _odd(self, turn: _Turn, reply: Reply, count: int) -> None:
        """A refusal that may be about one of the files: halve until it is found."""
        if reply.status == BROKEN and not turn.hunting:
            place = (turn.note.key, turn.note.taken)
            self._broken[place] = self._broken.get(place, 0) + 1
            if self._broken[place] < PATIENCE:
                raise BackendUnavailableError(
                    f"The other site answered {reply.complaint} to a stage request.",
                    advice="It is asked again; if that goes on, tell the other site.",
                    status=reply.status,
                )
            del self._broken[place]
            turn.hunting = True
        if count == 1:
            self._refuse(turn, reply)
        else:
            turn.size = count // 2

    def _refuse(self, turn: _Turn, reply: Reply) -> None:
        turn.strikes += 1
        turn.refusal = reply
        part = Part("", turn.note.taken, 1, self._now(), reply.complaint)
        turn.note = self._notes.answered(turn.note, part)
        turn.size = self._limits.files

    def _none_accepted(self, turn: _Turn) -> None:
        """Every file was refused: the list is forgotten, and said to be refused or unlucky."""
        self._notes.forget(turn.note.key)
        last = turn.note.parts[-1]
        status = turn.refusal.status if turn.refusal else 0
        if status == BROKEN and not self._works:
            raise BackendUnavailableError(
                f"The other site answered {last.words} to every stage request.", status=status
            )
        raise BackendRefusedError(
            f"The other site refuses these files: {last.words}.",
            advice="Look whether the paths are right at the other site (`prefixes`).",
            status=status,
        )

    @property
    def _works(self) -> bool:
        """The site accepted something not long ago."""
        return time.monotonic() - self._worked_at < WORKED_S

    def _metadata(self) -> dict[str, object]:
        """`activity` under the site's name, which dCache and EOS look for; or for everybody."""
        if not self._config.activity:
            return {}
        site = self._client.endpoint().site or "default"
        return {site: {"activity": self._config.activity}}


def _surely_not_taken(trouble: BackendUnavailableError) -> bool:
    """Whether the site has said no, or never heard us; after any other trouble it may have."""
    status = trouble.facts.get("status")
    if isinstance(status, int):
        return status < HTTPStatus.INTERNAL_SERVER_ERROR or status == NOT_NOW
    return bool(trouble.facts.get("never_sent"))
