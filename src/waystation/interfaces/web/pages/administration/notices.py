"""Messages: told to one, a group or all, and withdrawn."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.notices.door import Draft, Severity
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.administration.forms import (
    TABS,
    administrators,
    moment,
    sent_back,
)
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import MalformedError

_PAGE = 50


@require_safe
@administrators
def notices(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show a form for a new message, and all that were told, newest first."""
    before = number_or_none(request.GET, "before")
    found = services().messages.page(who, before=before, limit=_PAGE + 1)
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "notices",
        "told": found[:_PAGE],
        "before": before,
        "next_before": found[_PAGE - 1].id if len(found) > _PAGE else None,
        "severities": [each.name.lower() for each in Severity],
    }
    return shown(request, who, "web/administration/notices.html", context)


@require_POST
@signed_in
@sent_back("web:notices")
def post(request: HttpRequest, who: Grant) -> str:
    """Tell people something.

    Raises:
        MalformedError: Something in the form cannot be.
    """
    form = request.POST
    severity = form.get("severity", "notice").upper()
    if severity not in Severity.__members__:
        raise MalformedError(f"{severity!r} is no severity.")
    to = form.get("to", "").strip() or "everyone"
    if to != "everyone":
        to = f"group:{to[1:]}" if to.startswith("@") else f"user:{to}"
    draft = Draft(
        text=form.get("text", ""),
        severity=Severity[severity],
        audience=to,
        shown_from=moment(form.get("shown_from", "")),
        shown_until=moment(form.get("shown_until", "")),
        down_from=moment(form.get("down_from", "")),
        down_until=moment(form.get("down_until", "")),
        dismissible="stay" not in form,
    )
    made = services().messages.post(who, draft)
    return f"Message {made.id} is told to {made.audience}."


@require_POST
@signed_in
@sent_back("web:notices")
def withdraw(request: HttpRequest, who: Grant, message_id: int) -> str:
    """Show a message to nobody any more."""
    del request
    services().messages.withdraw(who, message_id)
    return f"Message {message_id} is withdrawn."
