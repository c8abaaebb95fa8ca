"""Stores, datasets, and who you are."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import DatasetForm
from waystation.interfaces.services import services

router = Router(tags=["catalogue"])


@router.get("/stores", summary="Stores that you may use", response={200: dict})
def stores(request: HttpRequest) -> dict[str, object]:
    """The only one is the default."""
    found = services().catalogue.stores(who(request))
    return {
        "stores": [
            {"name": s.name, "backend": s.backend, "root": s.root, "default": len(found) == 1}
            for s in found
        ]
    }


@router.get("/datasets", summary="Datasets that you may use", response={200: dict})
def datasets(request: HttpRequest, store: str | None = None) -> dict[str, object]:
    """Named lists of files."""
    return {"datasets": services().catalogue.datasets(who(request), store)}


@router.put(
    "/datasets/{store}/{name}", summary="Define a dataset", response={200: dict, 201: dict}
)
def put_dataset(
    request: HttpRequest, response: HttpResponse, store: str, name: str, form: DatasetForm
) -> dict[str, object]:
    """Written whole; administrators only."""
    made = services().catalogue.put_dataset(who(request), store, name, form.paths)
    response.status_code = 201 if made else 200
    return {"store": store, "name": name, "files": len(form.paths)}


@router.get("/whoami", summary="Who you are", response={200: dict})
def whoami(request: HttpRequest) -> dict[str, object]:
    """Account, scopes, and the token that was used."""
    me = who(request)
    return {
        "name": me.name,
        "full_name": me.full_name,
        "admin": me.admin,
        "scopes": sorted(me.scopes),
        "token": me.token,
        "expires": me.expires,
    }
