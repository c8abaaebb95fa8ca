"""Accounts, for those who administer them."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router

from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import Strict
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire import AccountsWire

router = Router(tags=["accounts"])
Page = Annotated[int, Field(ge=1, le=500)]
Name = Annotated[str, Field(min_length=1, max_length=150)]


class SuspendForm(Strict):
    """Why an account is closed."""

    why: str = Field(..., min_length=1, max_length=1000)


@router.get("/accounts", summary="Accounts", openapi_extra=answers(AccountsWire))
def accounts(request: HttpRequest, part: str = "", after: str = "", limit: Page = 100) -> object:
    """By name; give `next_after` back as `after` for the next page. For administrators."""
    found = services().people.accounts(who(request), part=part, after=after, limit=limit)
    return AccountsWire(found, found[-1].name if len(found) == limit else None)


@router.post(
    "/accounts/{name}/suspend",
    summary="Close an account at once",
    openapi_extra=answers(AccountsWire),
)
def suspend(request: HttpRequest, name: Name, form: SuspendForm) -> object:
    """Its sessions end, tokens and certificates do not work, what is under way is cut."""
    services().accounts.suspend(who(request), name, why=form.why)
    return _one(request, name)


@router.post(
    "/accounts/{name}/resume", summary="Open it again", openapi_extra=answers(AccountsWire)
)
def resume(request: HttpRequest, name: Name) -> object:
    """Its tokens work again; its browsers must sign in anew."""
    services().accounts.resume(who(request), name)
    return _one(request, name)


def _one(request: HttpRequest, name: str) -> AccountsWire:
    found = services().people.accounts(who(request), part=name, limit=500)
    return AccountsWire([each for each in found if each.name == name], None)
