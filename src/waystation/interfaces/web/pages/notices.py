"""What operators tell, on top of every page: put it away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.visitor import signed_in


@require_POST
@signed_in
def dismiss(request: HttpRequest, who: Grant, message_id: int) -> HttpResponse:
    """Put a message away and go back to the page."""
    services().messages.dismiss(who, message_id)
    back = request.POST.get("back", "/")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if ours else "/")
