"""How a file gets to who may have it: by the proxy in front, by our mover, or from here."""

import os
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from waystation.domains.hosting.door import Reader
from waystation.interfaces.dav import giving, ranges, tickets
from waystation.interfaces.dav.giving import Face
from waystation.interfaces.dav.tickets import LIFETIME_S, PREFIX, Seal
from waystation.interfaces.hot.reply import Send
from waystation.interfaces.mouths import Headers, Scope
from waystation.interfaces.services import Services

SMALLEST = 2**20
"""For fewer bytes a second connection costs more than it saves."""
LONGEST = 2_000
"""Letters of place and address; some clients take no long addresses."""

PATH_MAX = 4_096
SENDFILE = "x-sendfile"
REDIRECT = b"redirect"
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
# Programs that go where GET is led to, and show their token to no other address. curl does so only
# with -L, which cannot be seen from here: it says `Prefer: redirect`.
_FOLLOWERS = re.compile(rb"(?i)\b(?:libdavix|davix|gfal2|rclone|wget)/")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that may be sent.

    Attributes:
        file: open.
        shown: what it is.
        place: where it lies on this machine; None is nowhere.
    """

    file: Reader
    shown: Face
    place: str | None


@dataclass(frozen=True, slots=True)
class Mover:
    """Where our own port for bytes is.

    Attributes:
        seal: closes tickets.
        port: of the mover.
        url: how others reach it; empty is by the name that they used, and `port`.
        tls: it speaks TLS.
        everybody: lead clients there too that are not known to follow.
    """

    seal: Seal
    port: int
    url: str
    tls: bool
    everybody: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """Of one node.

    Attributes:
        accel: where nginx in front finds our disks, `x-sendfile` for Apache, empty when no proxy
            does.
        mover: our own port for bytes, if it is on.
    """

    accel: str = ""
    mover: Mover | None = None

    async def send(self, send: Send, scope: Scope, house: Services, found: Opened) -> None:
        """Answer GET or HEAD with an open file.

        Args:
            send: of the request.
            scope: of the request.
            house: the services.
            found: what is sent.
        """
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        body, place, shown = scope["method"] == "GET", found.place, found.shown
        # We reach deeper than a path that can be opened by its name alone.
        place = place if place and len(os.fsencode(place)) < PATH_MAX else None
        if body and place and self._by_proxy(headers, place):
            await giving.hand_over(send, headers, shown, self._told(place))
        elif body and place and (address := self._address(scope, house, found, place)):
            await giving.lead(send, address)
        else:
            await giving.give(send, headers, found.file, shown, body=body)

    def _by_proxy(self, headers: Headers, place: str) -> bool:
        """Whether the proxy in front is to send a file."""
        if not self.accel or (b"x-accel-capable", b"1") not in headers:
            return False
        # A header has no space at its ends: it would be another file.
        return self.accel != SENDFILE or place == place.strip()

    def _told(self, place: str) -> tuple[bytes, bytes]:
        """The header that has the proxy send a file."""
        if self.accel == SENDFILE:
            return b"x-sendfile", os.fsencode(place)  # Debian's mod_xsendfile decodes nothing
        return b"x-accel-redirect", quote(f"{self.accel.rstrip('/')}{place}").encode()

    def _address(self, scope: Scope, house: Services, found: Opened, place: str) -> str | None:
        """Where the mover gives this file; None when it is to be sent from here."""
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        given, shown = dict(headers), found.shown
        handle = found.file.handle
        small = shown.size < SMALLEST
        if self.mover is None or handle is None or small or not self._follows(given):
            return None
        wanted = ranges.as_expected(given, shown.etag, shown.mtime)
        if not wanted or ranges.unchanged(given, shown.etag, shown.mtime):
            return None
        asked = _asked(scope, given, secure=house.secure)
        mover = self._reached(asked) if asked else None
        if asked is None or mover is None or len(place) + len(asked) > LONGEST:
            return None
        ends = int(house.clock.now().timestamp()) + LIFETIME_S
        made = tickets.ticket(place, handle, shown, ends=ends, back=asked)
        name = quote(place.rpartition("/")[2], safe="")
        return f"{mover}{PREFIX}{self.mover.seal.close(made)}/{name}"

    def _follows(self, given: dict[bytes, bytes]) -> bool:
        """Whether the client goes where it is led."""
        assert self.mover is not None
        if b"sec-fetch-mode" in given:
            # A browser; a script of a page may not follow to another port.
            return given[b"sec-fetch-mode"] == b"navigate"
        wishes = given.get(b"prefer", b"").lower().replace(b";", b",").split(b",")
        if self.mover.everybody or REDIRECT in {wish.strip() for wish in wishes}:
            return True
        return _FOLLOWERS.search(given.get(b"user-agent", b"")) is not None

    def _reached(self, asked: str) -> str | None:
        """The mover's address for this client; None when it speaks another way than it asked.

        From TLS to none it would be less private; the other way round the client may not know
        the authority of our certificate.
        """
        assert self.mover is not None
        parts = urlsplit(asked)
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        scheme = "https" if self.mover.tls else "http"
        url = self.mover.url.rstrip("/") or f"{scheme}://{name}:{self.mover.port}"
        return url if url.startswith(f"{parts.scheme}:") else None


def _asked(scope: Scope, given: dict[bytes, bytes], *, secure: bool) -> str | None:
    """The address that was asked for; None when it is not known."""
    host = given.get(b"host", b"").decode("latin-1")
    if not _HOST.fullmatch(host):
        return None
    scheme = "https" if secure or scope.get("scheme") == "https" else "http"
    query = scope["query_string"]
    assert isinstance(query, bytes)
    tail = f"?{query.decode('latin-1')}" if query else ""
    return f"{scheme}://{host}{quote(str(scope['path']))}{tail}"
