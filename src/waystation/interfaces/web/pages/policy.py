"""The acceptable-use policy: read, and agreed to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import known, shown
from waystation.kernel.errors import ConflictError, NotFoundError


@require_http_methods(["GET", "HEAD", "POST"])
@known
def policy(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show the version in force; who agrees goes on to where he was going.

    Raises:
        NotFoundError: There is no policy here.
    """
    policies, onward = services().policies, _onward(request)
    problem = ""
    if request.method == "POST":
        try:
            policies.accept(who, number_or_none(request.POST, "version") or 0)
        except ConflictError as error:
            problem = f"{error.sentence} {error.advice}"
        else:
            return redirect(onward)
    current = policies.now()
    if current is None:
        raise NotFoundError("There is no acceptable-use policy here.")
    context = {
        "policy": current,
        "owed": policies.owed(who) is not None,
        "next": onward,
        "problem": problem,
    }
    return shown(request, who, "web/policy.html", context, status=409 if problem else 200)


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else "/"
