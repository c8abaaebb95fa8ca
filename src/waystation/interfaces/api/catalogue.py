"""Stores, datasets, and who you are."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from waystation.domains.catalogue.door import default
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import DatasetForm
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire import (
    DatasetsWire,
    PutDatasetWire,
    StoresWire,
    StoreWire,
    WhoWire,
)

router = Router(tags=["catalogue"])


@router.get("/stores", summary="Stores that you may use", openapi_extra=answers(StoresWire))
def stores(request: HttpRequest) -> object:
    """The default is the only one, or the only one on tape."""
    found = services().catalogue.stores(who(request))
    usual = default(found)
    return StoresWire([StoreWire(s.name, s.backend, s.root, s == usual) for s in found])


@router.get("/datasets", summary="Datasets that you may use", openapi_extra=answers(DatasetsWire))
def datasets(request: HttpRequest, store: str | None = None) -> object:
    """Named lists of files."""
    return DatasetsWire(services().catalogue.datasets(who(request), store))


@router.put(
    "/datasets/{store}/{name}",
    summary="Define a dataset",
    openapi_extra=answers(PutDatasetWire, 200, 201),
)
def put_dataset(
    request: HttpRequest, response: HttpResponse, store: str, name: str, form: DatasetForm
) -> object:
    """Written whole; administrators only."""
    made = services().catalogue.put_dataset(who(request), store, name, form.paths)
    response.status_code = 201 if made else 200
    return PutDatasetWire(store, name, len(form.paths))


@router.get("/whoami", summary="Who you are", openapi_extra=answers(WhoWire))
def whoami(request: HttpRequest) -> object:
    """Account, scopes, and the token that was used."""
    me = who(request)
    return WhoWire(
        name=me.name,
        full_name=me.full_name,
        admin=me.admin,
        scopes=sorted(me.scopes),
        token=me.token,
        expires=me.expires,
    )
