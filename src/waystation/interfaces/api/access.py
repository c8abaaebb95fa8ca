"""Tokens for jobs, share links and signed addresses."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Router

from waystation.domains.accounts.door import Verb
from waystation.domains.sharing.door import Wish
from waystation.interfaces import capable, signing
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import Strict
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire_access import (
    JobTokensWire,
    JobTokenWire,
    MadeJobTokenWire,
    PlaceWire,
    SharesWire,
    ShareWire,
    SignedWire,
)

router = Router(tags=["access"])
Page = Annotated[int, Field(ge=1, le=200)]
SpaceName = Annotated[str, Field(max_length=63)]
Path = Annotated[str, Field(max_length=16_384)]
_MONTH_S, _TEN_YEARS_S = 30 * 86_400, 3_650 * 86_400


class PlaceForm(Strict):
    """A path of a space, all that is below it, and what may be done there."""

    space: SpaceName
    path: Path = ""
    verbs: list[Verb] = Field(..., min_length=1, max_length=6)


class JobTokenForm(Strict):
    """A token for one job."""

    name: str = Field(..., min_length=1, max_length=100, description="What it is for.")
    places: list[PlaceForm] = Field(..., min_length=1, max_length=20)
    lifetime_s: int = Field(43_200, ge=60, le=_MONTH_S)


class ShareForm(Strict):
    """A link for people without an account."""

    path: Path = Field("", description="A file or folder of the space.")
    label: str = Field("", max_length=200, description="The visitor reads it.")
    lifetime_s: int | None = Field(604_800, ge=60, le=_TEN_YEARS_S, description="null: no end.")
    password: str = Field("", max_length=200, description="At least 8 characters; or none.")
    drop_box: bool = Field(default=False, description="Visitors only put files in.")
    downloads: int | None = Field(None, ge=1, le=1_000_000, description="At most so many.")


class SignForm(Strict):
    """A file whose address is to be signed."""

    space: SpaceName
    path: Path
    verb: Literal["GET", "PUT"] = "GET"
    lifetime_s: int = Field(signing.USUAL_S, ge=1, le=signing.LONGEST_S)
    network: str = Field("", max_length=60, description="From where only, such as 192.0.2.0/24.")


@router.post(
    "/job-tokens", summary="Make a token for a job", openapi_extra=answers(MadeJobTokenWire)
)
def make_job_token(request: HttpRequest, form: JobTokenForm) -> object:
    """Good for these places and verbs only, for so long, and never for more than you may."""
    me, house = who(request), services()
    wanted = [capable.Wanted(each.space, each.path, each.verbs) for each in form.places]
    places = capable.places(house, me, wanted)
    lifetime = timedelta(seconds=form.lifetime_s)
    expires = house.clock.now() + lifetime
    token = house.accounts.new_job_token(me, name=form.name, places=places, lifetime=lifetime)
    return MadeJobTokenWire(token, form.name, [PlaceWire.of(p) for p in places], expires)


@router.get("/job-tokens", summary="Your tokens for jobs", openapi_extra=answers(JobTokensWire))
def job_tokens(request: HttpRequest) -> object:
    """Newest first, those that have ended too; when each was last used, to an hour."""
    return _job_tokens(request)


@router.delete(
    "/job-tokens/{int:number}",
    summary="Revoke a token for a job",
    openapi_extra=answers(JobTokensWire),
)
def revoke_job_token(request: HttpRequest, number: int) -> object:
    """Every process forgets it at once; answers what is left."""
    services().accounts.revoke(who(request), number, jobs=True)
    return _job_tokens(request)


@router.post("/spaces/{space}/shares", summary="Share by a link", openapi_extra=answers(ShareWire))
def share(request: HttpRequest, space: str, form: ShareForm) -> object:
    """For managers of the space. It follows the file or folder, and dies with its maker's role."""
    house = services()
    ends = None
    if form.lifetime_s is not None:
        ends = house.clock.now() + timedelta(seconds=form.lifetime_s)
    wish = Wish(form.path, form.label, ends, form.password, form.drop_box, form.downloads)
    made = house.sharing.make(who(request), space, wish)
    return ShareWire.of(made, _server(request))


@router.get(
    "/spaces/{space}/shares", summary="Links of a space", openapi_extra=answers(SharesWire)
)
def shares(
    request: HttpRequest, space: str, before: int | None = None, limit: Page = 50
) -> object:
    """Newest first; for managers of the space."""
    found = services().sharing.links(who(request), space, before=before, limit=limit)
    next_ = found[-1].share.id if len(found) == limit else None
    return SharesWire([ShareWire.of(each, _server(request)) for each in found], next_)


@router.delete(
    "/spaces/{space}/shares/{int:number}",
    summary="Revoke a link",
    openapi_extra=answers(SharesWire),
)
def revoke_share(request: HttpRequest, space: str, number: int) -> object:
    """At once; answers the newest of those that are left."""
    services().sharing.revoke(who(request), space, number)
    found = services().sharing.links(who(request), space)
    return SharesWire([ShareWire.of(each, _server(request)) for each in found], None)


@router.post(
    "/signed-urls", summary="Sign the address of a file", openapi_extra=answers(SignedWire)
)
def sign(request: HttpRequest, form: SignForm) -> object:
    """Whoever has it may fetch or put that one file until it ends."""
    address, ends = capable.signed_address(
        services(),
        who(request),
        space=form.space,
        path=form.path,
        verb=form.verb,
        lifetime=timedelta(seconds=form.lifetime_s),
        network=form.network,
    )
    return SignedWire(f"{_server(request)}{address}", datetime.fromtimestamp(ends, UTC))


def _job_tokens(request: HttpRequest) -> JobTokensWire:
    found = services().accounts.tokens(who(request))
    return JobTokensWire([JobTokenWire.of(each) for each in found if each.places])


def _server(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
