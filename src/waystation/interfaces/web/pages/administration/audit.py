"""The audit trail: filtered, page by page, and taken away as a file."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.audit.door import Wanted
from waystation.interfaces.services import services
from waystation.interfaces.trails import FORMS, lines
from waystation.interfaces.web.pages.administration.forms import TABS, administrators, moment
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown
from waystation.kernel.errors import MalformedError, NotFoundError

_PAGE = 100


@require_safe
@administrators
def audit(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show entries, newest first."""
    query, before, problem = request.GET, number_or_none(request.GET, "before"), ""
    try:
        wanted = _wanted(request)
    except MalformedError as error:
        wanted, problem = Wanted(), f"{error.sentence} {error.advice}"
    found = services().audit.page(who, wanted, before=before, limit=_PAGE + 1)
    kept = query.copy()
    kept.pop("before", None)
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "audit",
        "entries": found[:_PAGE],
        "before": before,
        "next_before": found[_PAGE - 1].id if len(found) > _PAGE else None,
        "query": query,
        "filter": kept.urlencode(),
        "problem": problem,
    }
    return shown(request, who, "web/administration/audit.html", context)


@require_safe
@administrators
def export(request: HttpRequest, who: Grant, form: str) -> HttpResponse:
    """Send the entries that the filter lets through as a file, while they are read.

    Raises:
        NotFoundError: No such form of file.
    """
    if form not in FORMS:
        raise NotFoundError(f"There is no {form!r} of the audit trail.", advice="csv or jsonl.")
    text = lines(services().audit.export(who, _wanted(request)), form)
    response = StreamingHttpResponse(text, content_type=FORMS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


def _wanted(request: HttpRequest) -> Wanted:
    query = request.GET
    return Wanted(
        actor=query.get("who", "").strip(),
        act=query.get("act", "").strip(),
        thing=query.get("thing", "").strip(),
        outcome=query.get("outcome", "").strip(),
        since=moment(query.get("from", "")),
        until=moment(query.get("to", "")),
    )
