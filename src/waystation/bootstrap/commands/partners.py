"""Partner sites from the command line of the operator: one command on each side pairs two."""

import base64
import binascii
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.domains.accounts.entities import Scope
from waystation.domains.hosting.entities import Role
from waystation.kernel.errors import MalformedError, NotFoundError

if TYPE_CHECKING:
    from waystation.interfaces.services import Services

app = typer.Typer(
    help="Partner sites: where files are replicated to, and from.", no_args_is_help=True
)
LIFETIME = timedelta(days=5 * 365)
Spaces = Annotated[
    list[str] | None, typer.Option("--space", help="It may write in this space; may be repeated.")
]


@app.command("invite")
def invite(name: str, space: Spaces = None) -> None:
    """Begin to pair: prints a code for `waystation partner join` at the other site."""
    from waystation.bootstrap import sites
    from waystation.settings import current

    url = sites.address(current())
    account, token = _account(name, space or [])
    with opened("partner") as house:
        house.transfers.know(OPERATOR, name, url="", token="", account_id=account)
    said = json.dumps({"site": sites.name(current()), "url": url, "token": token})
    typer.echo(base64.urlsafe_b64encode(said.encode()).decode())


@app.command("join")
def join(
    code: Annotated[str, typer.Argument(help="What `waystation partner invite` printed there.")],
    space: Spaces = None,
) -> None:
    """End the pairing: both sites know each other from now on."""
    from waystation.backends.partner.waystation import SiteConfig, WaystationSite
    from waystation.bootstrap import sites
    from waystation.settings import current

    said, settings = _read(code), current()
    account, token = _account(said["site"], space or [])
    with opened("partner") as house:
        house.transfers.know(
            OPERATOR, said["site"], url=said["url"], token=said["token"], account_id=account
        )
        known = house.transfers.partner(OPERATOR, said["site"])
        there = WaystationSite(known, SiteConfig(settings.sites.ca_file, settings.sites.timeout_s))
        there.introduce(sites.name(settings), sites.address(settings), token)
    typer.echo(f"{sites.name(settings)} and {said['site']} know each other.")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="As it calls itself: `name` of its settings.")],
    *,
    url: Annotated[str, typer.Option(help="Where it is, with its port: https://host:443.")],
    user: Annotated[str, typer.Option(help="Our account there, as its settings know us.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, help="Of that account.")],
    kind: Annotated[str, typer.Option(help="Whose wire it speaks: librarian.")] = "librarian",
    space: Spaces = None,
) -> None:
    """Know a site that cannot be paired: an old Librarian, to send to and to receive from.

    Of the wire its account here has its own name; when there is none it is made, and its
    password is printed: it is for that librarian's `add-librarian --authenticator`.
    """
    from waystation.bootstrap import ready

    if kind != "librarian":
        raise MalformedError(
            f"Partners of kind {kind!r} are not added by this.",
            advice="Waystations are paired by `waystation partner invite` and `join`.",
        )
    with opened("partner") as house:
        there = house.accounts.by_name(name) is not None
        made = "" if there else ready.add_user(name, admin=False)
        who = house.accounts.by_name(name)
        if who is None:
            raise NotFoundError(
                f"The account {name!r} is closed.", advice="waystation user resume"
            )
        for each in space or []:
            house.hosting.spaces.give(OPERATOR, each, f"user:{who.user_id}", Role.WRITER)
        house.transfers.know(
            OPERATOR,
            name,
            url=url.rstrip("/"),
            token=f"{user}:{password}",
            account_id=who.user_id,
            kind=kind,
        )
    typer.echo(made or f"{name} has its account here already.")


@app.command("list")
def list_() -> None:
    """Name partners, and how they are."""
    with opened("partner") as house:
        for each in house.transfers.partners(OPERATOR):
            state = "on" if each.enabled else "off"
            words = each.words or ("well" if each.last_seen else "not asked yet")
            typer.echo(f"{each.name}\t{state}\t{each.url}\t{words}")


@app.command("on")
def on(name: str) -> None:
    """Let shipments go out to a partner."""
    with opened("partner") as house:
        house.transfers.switch(OPERATOR, name, on=True)


@app.command("off")
def off(name: str) -> None:
    """Let no new shipments go out to a partner; what is on its way arrives."""
    with opened("partner") as house:
        house.transfers.switch(OPERATOR, name, on=False)


@app.command("forget")
def forget(name: str) -> None:
    """A partner goes; its account stays, and can be suspended."""
    with opened("partner") as house:
        house.transfers.forget(OPERATOR, name)


def _account(partner: str, spaces: list[str]) -> tuple[int, str]:
    """Our account for a partner, with roles in these spaces, and a token that it may use."""
    from waystation.bootstrap import ready

    name = f"site-{partner}"
    with opened("partner") as house:
        if house.accounts.by_name(name) is None:
            ready.add_user(name, admin=False)
        return _roles(house, name, spaces)


def _roles(house: "Services", name: str, spaces: list[str]) -> tuple[int, str]:
    who = house.accounts.by_name(name)
    if who is None:
        raise NotFoundError(f"The account {name!r} is closed.", advice="waystation user resume")
    for space in spaces:
        house.hosting.spaces.give(OPERATOR, space, f"user:{who.user_id}", Role.WRITER)
    scopes = frozenset({Scope.READ, Scope.WRITE})
    token = house.accounts.new_token(who, name="replication", scopes=scopes, lifetime=LIFETIME)
    return who.user_id, token


def _read(code: str) -> dict[str, str]:
    try:
        said = json.loads(base64.urlsafe_b64decode(code.encode()))
        return {name: str(said[name]) for name in ("site", "url", "token")}
    except (binascii.Error, ValueError, KeyError, TypeError) as problem:
        raise MalformedError(
            "This is no code of a pairing.",
            advice="Copy all of what `waystation partner invite` printed, in one line.",
        ) from problem
