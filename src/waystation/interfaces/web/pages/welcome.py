"""The link by which somebody who was invited chooses a password; good once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web.visitor import refusal
from waystation.kernel.errors import MalformedError, WaystationError


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask for a password; once it is set the link is used up."""
    people = services().people
    problem, status = "", 200
    try:
        whom = people.invited(secret)
    except WaystationError as error:
        return refusal(request, error)
    try:
        if request.method == "POST":
            if request.POST.get("password", "") != request.POST.get("again", ""):
                raise MalformedError("The two are not the same.")  # noqa: TRY301 - as others are
            people.accept(secret, request.POST.get("password", ""))
            return redirect("web:sign-in")
    except MalformedError as error:
        problem, status = error.sentence, status_of(error.code)
    except WaystationError as error:
        return refusal(request, error)
    context = {"whom": whom, "problem": problem}
    return render(request, "web/welcome.html", context, status=status)
