"""Where one file is; and the search field, which leads to a file or a request."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import WaystationError


@require_safe
@signed_in
def file(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show where a file is: on tape, on disk, being read."""
    path = request.GET.get("path", "").strip()
    stores = services().catalogue.stores(who)
    # The store whose root holds the path, when the address names none.
    holding = [s.name for s in stores if path.startswith(s.root.rstrip("/") + "/")]
    store = request.GET.get("store") or (holding or [s.name for s in stores] or [""])[0]
    context: dict[str, object] = {"path": path, "store": store, "stores": stores}
    status = 200
    if path:
        try:
            context["file"] = services().staging.file_status(who, store, [path])[0]
        except WaystationError as error:
            context |= {"problem": error.sentence, "advice": error.advice}
            status = status_of(error.code)
    return shown(request, who, "web/file.html", context, status=status)


@require_safe
@signed_in
def search(request: HttpRequest, who: Grant) -> HttpResponse:
    """Lead to the request of that number, the file of that path, or files of that name."""
    del who
    asked = request.GET.get("q", "").strip()
    if asked.startswith("/"):
        return redirect(f"{reverse('web:file')}?{urlencode({'path': asked})}")
    request_id = number_or_none(request.GET, "q")
    if request_id:
        return redirect("web:request", request_id=request_id)
    return redirect(f"{reverse('web:find')}?{urlencode({'q': asked})}")
