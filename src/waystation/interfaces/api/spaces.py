"""Spaces by the API: what `/dav` and `/tus` have no words for."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router

from waystation.domains.hosting.door import Role
from waystation.interfaces import bringing
from waystation.interfaces.api.callers import limited_caller, who
from waystation.interfaces.api.forms import BringForm
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire import SubmittedWire
from waystation.interfaces.wire_files import ExplainedWire, HitsWire
from waystation.kernel.errors import NotFoundError

router = Router(tags=["spaces"])
Page = Annotated[int, Field(ge=1, le=500)]
Number = Annotated[int, Field(ge=1, le=2**62)]


@router.post(
    "/spaces/{space}/stage",
    summary="Bring files of a space to disk",
    openapi_extra=answers(SubmittedWire),
)
def stage(request: HttpRequest, space: str, form: BringForm) -> object:
    """Files, and all that is in folders; those that are on disk already are held there."""
    done = bringing.bring(
        services(),
        who(request),
        space,
        form.paths,
        lifetime_s=form.pin_lifetime_s,
        confirm=form.confirm,
    )
    return SubmittedWire.of(done)


@router.get(
    "/find",
    summary="Files and folders by name",
    auth=limited_caller,
    openapi_extra=answers(HitsWire),
)
def find(  # noqa: PLR0917 - parameters of a query
    request: HttpRequest,
    name: Annotated[str, Field(min_length=1, max_length=255)],
    space: str = "",
    folder: str = "",
    before: Number | None = None,
    limit: Page = 50,
) -> object:
    """A part of the name, or with `*` and `?` all of it; in all spaces that you may read, or one.

    Three letters in a row at least. Give `next_before` back as `before` for the next page.
    """
    found = services().hosting.finding.find(
        who(request), name, space_name=space, folder=folder, before=before, limit=limit
    )
    return HitsWire.of(found)


@router.get(
    "/spaces/{space}/explain",
    summary="Why somebody can or cannot do things in a space",
    openapi_extra=answers(ExplainedWire),
)
def explain(
    request: HttpRequest, space: str, account: Annotated[str, Field(min_length=1, max_length=150)]
) -> object:
    """In sentences; for managers of the space."""
    house, asks = services(), who(request)
    house.hosting.spaces.need(asks, space, Role.MANAGER)
    subject = house.accounts.by_name(account)
    if subject is None:
        raise NotFoundError(f"There is no account {account!r}.")
    return ExplainedWire([*house.hosting.spaces.explain(asks, subject, space)])
