"""Groups: for administrators all, for their managers those that they manage."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.administration.forms import TABS, sent_back
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import ForbiddenError, MalformedError

_PAGE = 50


@require_safe
@signed_in
def groups(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show groups with who is in them.

    Raises:
        ForbiddenError: The visitor manages none.
    """
    after = request.GET.get("after", "")
    found = services().people.groups(who, after=after, limit=_PAGE + 1)
    if not (found or after or who.admin):
        raise ForbiddenError("You manage no group.", advice="Ask the operators.")
    context = {
        "nav": "administration",
        "tabs": TABS if who.admin else (),
        "tab": "groups",
        "groups": found[:_PAGE],
        "next_after": found[_PAGE - 1].name if len(found) > _PAGE else None,
        "after": after,
    }
    return shown(request, who, "web/administration/groups.html", context)


@require_POST
@signed_in
@sent_back("web:groups")
def make(request: HttpRequest, who: Grant) -> str:
    """Make a group."""
    name = request.POST.get("name", "").strip()
    services().people.make_group(who, name)
    return f"The group {name} is made."


@require_POST
@signed_in
@sent_back("web:groups")
def change(request: HttpRequest, who: Grant, group: str) -> str:
    """Put somebody in, take somebody out, or say who manages it.

    Raises:
        MalformedError: No such change.
    """
    people, name = services().people, request.POST.get("account", "").strip()
    what = request.POST.get("what", "")
    if what == "add":
        people.put_in(who, group, name)
        return f"{name} is in {group}."
    if what == "remove":
        people.take_out(who, group, name)
        return f"{name} is not in {group} any more."
    if what in {"manager", "no-manager"}:
        people.manage(who, group, name, may=what == "manager")
        return f"{name} manages {group}{'' if what == 'manager' else ' no more'}."
    raise MalformedError(f"{what!r} is nothing that can be done with a group.")
