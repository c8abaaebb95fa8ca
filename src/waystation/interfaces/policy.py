"""What every page carries: a strict content policy, and the reading cookie of who is signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from waystation.interfaces import reading
from waystation.interfaces.services import services

Handler = Callable[[HttpRequest], HttpResponse]

_CONTENT = (
    "default-src 'self'; img-src 'self' data:{pictures}; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class ContentPolicy:
    """Nothing from elsewhere, nothing inline; but pictures from our own other origin.

    Django's admin keeps its own inline styles.
    """

    def __init__(self, get_response: Handler) -> None:
        self._next = get_response
        self._content = ""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the header unless somebody did."""
        response = self._next(request)
        if not self._content:
            other = services().content_url
            self._content = _CONTENT.format(pictures=f" {other}" if other else "")
        response.headers.setdefault("Content-Security-Policy", self._content)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        return response


class ReadCookie:
    """Gives signed-in people the cookie for live news, renews it, takes it back at sign-out."""

    def __init__(self, get_response: Handler) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the cookie after the page was made."""
        response = self._next(request)
        given = request.COOKIES.get(reading.NAME)
        user = getattr(request, "user", None)
        session = getattr(request, "session", None)
        if user is None or not user.is_authenticated or session is None or not session.session_key:
            if given:
                response.delete_cookie(reading.NAME, path=reading.PATH, samesite="Strict")
            return response
        house = services()
        now_s = house.clock.now().timestamp()
        digest = reading.session_digest(session.session_key)
        reader = reading.read(house.read_key, given, now_s=now_s) if given else None
        fresh = reader is not None and reader.ends - now_s > reading.LIFETIME_S / 2
        if not fresh or reader is None or reader.session != digest:
            ends = int(now_s) + reading.LIFETIME_S
            house.accounts.seen(digest)
            response.set_cookie(
                reading.NAME,
                reading.mint(house.read_key, user_id=user.pk, session=digest, ends=ends),
                max_age=reading.LIFETIME_S,
                path=reading.PATH,
                httponly=True,
                samesite="Strict",
                secure=house.secure,
            )
        return response
