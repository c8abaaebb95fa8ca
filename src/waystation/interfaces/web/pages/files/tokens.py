"""Upload tokens for the page that is shown: for one space, some minutes, this browser session."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role
from waystation.interfaces import reading, uploading
from waystation.interfaces.services import services
from waystation.interfaces.web.visitor import signed_in


@never_cache
@require_POST
@signed_in
def token(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Give the page a new token; a forged request is stopped by Django before."""
    services().hosting.spaces.need(who, space, Role.WRITER)
    return JsonResponse({"token": upload_token(request, space), "s": uploading.LIFETIME_S})


def upload_token(request: HttpRequest, space: str) -> str:
    """A token for a space; what its holder may do there is asked when it is used."""
    house, key = services(), request.session.session_key or ""
    return uploading.mint(
        house.read_key,
        user_id=request.user.pk or 0,
        session=reading.session_digest(key),
        ends=int(house.clock.now().timestamp()) + uploading.LIFETIME_S,
        space=space,
    )
