"""What can be asked of links: made, listed, ended by who manages a space; visited by anybody."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password

from waystation.domains.accounts.door import Accounts, Place, Verb, limited
from waystation.domains.accounts.door import Grant as Caller
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Hosting, Role, Space, names
from waystation.domains.sharing import store, tokens
from waystation.domains.sharing.entities import Listed, Share, Wish
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
    UnauthenticatedError,
    WaystationError,
)

PAGE = 50
LONGEST_LABEL = 200
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 200
MOST_DOWNLOADS = 1_000_000
_GIVES = frozenset({Verb.READ, Verb.LIST})
_TAKES = frozenset({Verb.CREATE})


@dataclass(frozen=True, slots=True)
class Visit:
    """A link that is good now.

    Attributes:
        share: the link.
        space: that it leads into.
        path: in the space.
        entry: what it leads to.
        who: its maker, limited to what the link is for.
    """

    share: Share
    space: Space
    path: str
    entry: Entry
    who: Caller


class Sharing:
    """Links to files and folders.

    Args:
        database: of the house.
        clock: of the house.
        accounts: who makers are.
        hosting: what they may do, and what there is.
        key: secrets of links are made by it.
    """

    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, hosting: Hosting, key: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._hosting = hosting
        self._key = key

    def make(self, who: Caller, space_name: str, wish: Wish) -> Listed:
        """Make a link; for those who manage the space.

        Raises:
            NotFoundError: no such space for the caller, or nothing at the path.
            ForbiddenError: the caller does not manage it.
            MalformedError: a wish that cannot be.
        """
        self._hosting.spaces.need(who, space_name, Role.MANAGER)
        _, entry = self._hosting.files.look(who, space_name, wish.path)
        self._check(wish, folder=entry.folder)
        nonce, now = secrets.token_bytes(16), self._clock.now()
        digest = tokens.digest(tokens.secret(self._key, nonce))
        password = make_password(wish.password) if wish.password else ""
        with self._database.transaction() as conn:
            made = store.add(
                conn,
                wish,
                digest=digest,
                nonce=nonce,
                space=space_name,
                entry=entry.id,
                maker=who.user_id,
                password=password,
                now=now,
            )
            thing = f"{space_name}/{'/'.join(names(wish.path))}"
            trail.record(conn, "share.make", thing, now=now, link=made.id, drop_box=wish.drop_box)
        return self._listed(made, "/".join(names(wish.path)), who.name)

    def links(
        self, who: Caller, space_name: str, *, before: int | None = None, limit: int = PAGE
    ) -> Sequence[Listed]:
        """Links of a space, newest first, those with smaller ids than `before`; for managers."""
        space = self._hosting.spaces.need(who, space_name, Role.MANAGER)
        page = store.page(space_name, before=before, limit=limit)
        found = [store.read(row) for row in self._database.rows(page)]
        makers = self._accounts.names({share.maker_id for share in found})
        places = {
            entry: self._hosting.files.where(space, entry)
            for entry in {share.entry_id for share in found}
        }
        return [
            self._listed(share, place[0] if place else None, makers.get(share.maker_id, ""))
            for share in found
            for place in [places[share.entry_id]]
        ]

    def revoke(self, who: Caller, space_name: str, share_id: int) -> None:
        """End a link at once; any manager of the space may.

        Raises:
            NotFoundError: the space has no such link.
        """
        self._hosting.spaces.need(who, space_name, Role.MANAGER)

        def work(conn: Connection) -> bool:
            gone = store.drop(conn, space_name, share_id)
            if gone:
                trail.record(
                    conn, "share.revoke", space_name, now=self._clock.now(), link=share_id
                )
            return gone

        if not self._database.run(work):
            raise NotFoundError(f"There is no link {share_id} of the space {space_name!r}.")

    def visit(self, secret: str) -> Visit:
        """What a link leads to now, and what its visitor may do there.

        It is only as good as its maker: an account that is closed, or manages the space no longer,
        has no good links.

        Raises:
            NotFoundError: it is not good, for whatever reason; the words do not say which.
        """
        if not tokens.possible(secret):
            raise _not_good()
        digest = tokens.digest(secret)
        found = self._database.rows(store.by_digest(digest, now=self._clock.now()))
        if not found:
            raise _not_good()
        share = store.read(found[0])
        maker = self._accounts.by_id(share.maker_id)
        if maker is None:
            raise _not_good()
        try:
            space = self._hosting.spaces.need(maker, share.space, Role.MANAGER)
        except WaystationError as problem:
            raise _not_good() from problem
        place = self._hosting.files.where(space, share.entry_id)
        if place is None:
            raise _not_good()
        path, entry = place
        verbs = _TAKES if share.drop_box else _GIVES
        for_link = Place(space.name, tuple(names(path)), verbs)
        who = limited(maker, [for_link], made_by="this link", expires=share.expires)
        return Visit(share, space, path, entry, who)

    def unlock(self, share: Share, password: str, *, address: str | None) -> None:
        """Check the password of a link that has one; guesses are counted as those at sign-in.

        Raises:
            UnauthenticatedError: it is wrong.
            LimitReachedError: too many wrong ones lately.
        """
        if not share.password:
            return
        # No account can have that name: it has a colon.
        name = f"share:{share.id}"
        self._accounts.may_try(name=name, address=address)
        if not check_password(password[:LONGEST_PASSWORD], share.password):
            self._accounts.was_wrong(name=name, address=address)
            raise UnauthenticatedError("The password of this link is wrong.")

    def use(self, visit: Visit, entry_id: int, client: bytes, *, goes_on: bool = False) -> None:
        """Count a file that is given out or was put in, before its first byte goes.

        Args:
            visit: by which link.
            entry_id: of the file.
            client: digest of who fetches it.
            goes_on: only a later part of the file is wanted. Who has begun with that file less
                than a day ago is not counted again; else it is counted as the whole.

        Raises:
            ForbiddenError: it has been used as often as it may be.
        """
        now, share = self._clock.now(), visit.share
        if goes_on and share.most_downloads is not None:
            known = store.goes_on(share.id, entry_id, client, now=now)
            if self._database.rows(known):
                return
        used = self._database.run(
            lambda conn: store.use(conn, share.id, entry_id, client, now=now)
        )
        if not used:
            raise ForbiddenError(
                "This link has been used as often as it may be.",
                advice="Ask whoever gave it to you for another one.",
            )

    def _check(self, wish: Wish, *, folder: bool) -> None:
        if len(wish.label.strip()) > LONGEST_LABEL or not wish.label.strip().isprintable():
            raise MalformedError(f"A label has at most {LONGEST_LABEL} characters, on one line.")
        if wish.expires is not None and wish.expires <= self._clock.now():
            raise MalformedError("The link would have ended already.")
        if wish.password and not SHORTEST_PASSWORD <= len(wish.password) <= LONGEST_PASSWORD:
            raise MalformedError(f"A link's password has at least {SHORTEST_PASSWORD} characters.")
        if wish.drop_box and not folder:
            raise MalformedError("Only a folder can be a drop box.")
        if wish.drop_box and wish.most_downloads is not None:
            raise MalformedError("Nothing is downloaded from a drop box.")
        if wish.most_downloads is not None and not 0 < wish.most_downloads <= MOST_DOWNLOADS:
            raise MalformedError(f"1 to {MOST_DOWNLOADS:,} downloads can be allowed.")

    def _listed(self, share: Share, path: str | None, maker: str) -> Listed:
        secret = tokens.secret(self._key, share.nonce)
        known = hmac.compare_digest(tokens.digest(secret), share.digest)
        over = share.expires is not None and share.expires <= self._clock.now()
        full = share.most_downloads is not None and share.uses >= share.most_downloads
        return Listed(share, secret if known else "", path, maker, ended=over or full)


def _not_good() -> NotFoundError:
    return NotFoundError(
        "This link is not good, or not any more.",
        advice="Ask whoever gave it to you for another one.",
    )
