"""Spaces: who has them, who may what, and why."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from waystation.domains.accounts.door import Grant, Scope, Verb
from waystation.domains.catalogue.door import StoreInfo, entries
from waystation.domains.hosting import paths
from waystation.domains.hosting.entities import ANYONE, SIGNED_IN, Role, Space, Standing
from waystation.domains.hosting.ports import Storage
from waystation.domains.hosting.store import spaces as store
from waystation.domains.hosting.store import terms
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row, rows
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
KINDS = ("user", "group", "project")
VERBS = {
    Role.READER: "read",
    Role.WRITER: "write in",
    Role.MANAGER: "manage",
    Role.OWNER: "own",
}


class Spaces:
    """Spaces and roles.

    Args:
        database: of the house.
        clock: of the house.
        storages: builds the storage of a tree: (store, absolute folder).
    """

    def __init__(
        self, database: Database, clock: Clock, storages: Callable[[int, str], Storage]
    ) -> None:
        self._database = database
        self._clock = clock
        self._storages = storages
        self._known: dict[tuple[int, str], Storage] = {}

    def mine(self, who: Grant) -> list[Standing]:
        """The caller's spaces by name; all for an administrator.

        Raises:
            ForbiddenError: the caller's credential is limited to some places.
        """
        if who.limits is not None:
            raise _limited(who, "")
        found = store.every() if who.admin else store.mine(principals(who))
        return [store.read_standing(row) for row in self._database.rows(found)]

    def need(
        self,
        who: Grant | None,
        name: str,
        least: Role,
        *,
        at: Sequence[str] | None = None,
        verbs: Collection[Verb] = (),
        here: Standing | None = None,
    ) -> Space:
        """The space of that name, if the caller may do so much there.

        The one place where roles are asked, and the limits of a limited credential. Whoever does
        not say where it does what refuses such a credential.

        Args:
            who: asks; None is somebody who did not sign in.
            name: of the space.
            least: the role that is needed.
            at: names of the path that it is about; None is the space as a whole.
            verbs: what is done there; a limited credential must be good for one of them.
            here: what `standing` said of the caller in this very request, if it was asked.

        Raises:
            NotFoundError: there is none, or the caller has no role in it at all.
            ForbiddenError: the caller's role, or token, does not go so far.
        """
        limits = who.limits if who is not None else None
        if who is not None and limits is not None:
            # Before the space is looked up: whether there are others is not told.
            allow(who, name, at, verbs)
        if here is None:
            found = self._database.rows(store.standing(name, principals(who)))
            here = store.read_standing(found[0]) if found else None
        admin = limits.admin if limits is not None else who is not None and who.admin
        if here is None or (here.role is Role.NONE and not admin):
            raise NotFoundError(
                f"There is no space {name!r} that you may use.",
                advice="`way spaces` lists yours; ask its manager for a role.",
            )
        if not admin and here.role < least:
            raise ForbiddenError(
                f"You may not {VERBS[least]} the space {name!r}.",
                advice="Ask one of its managers for a role.",
            )
        needed = Scope.READ if least is Role.READER else Scope.WRITE
        if who is not None and limits is None and needed not in who.scopes:
            raise ForbiddenError(
                f"This token is not good for {needed.value!r}.",
                advice="Make one with that scope on the tokens page.",
            )
        if least is Role.WRITER and here.space.closed:
            raise ConflictError(f"The space {name!r} is closed; it can only be read.")
        return here.space

    def standing(self, who: Grant, name: str) -> Standing | None:
        """The space of that name with the caller's role, maybe none; None without a space.

        What is to be done there is asked of `need`; this tells who somebody is there.

        Raises:
            ForbiddenError: the caller's credential is limited to some places.
        """
        if who.limits is not None:
            raise _limited(who, "")
        found = self._database.rows(store.standing(name, principals(who)))
        here = store.read_standing(found[0]) if found else None
        return replace(here, role=Role.OWNER) if here is not None and who.admin else here

    def storage(self, space: Space) -> Storage:
        """The bytes of a space."""
        key = (space.store_id, space.base)
        if key not in self._known:
            self._known[key] = self._storages(*key)
        return self._known[key]

    def new(
        self,
        who: Grant,
        *,
        name: str,
        where: StoreInfo,
        folder: str = "",
        kind: str = "project",
        title: str = "",
        owner: int | None = None,
        durable: bool = True,
        trash_days: int = 30,
    ) -> Space:
        """Make a space with a folder of its own on a store. Administrators only.

        Args:
            who: asks.
            name: in paths and addresses.
            where: the store.
            folder: below the store's root; its name if empty. What is in it is not taken in: see
                `Adopting`.
            kind: one of `KINDS`.
            title: for people.
            owner: account, the caller if None.
            durable: see `Space`.
            trash_days: see `Space`.

        Raises:
            ForbiddenError: the caller is no administrator.
            MalformedError: a name or kind that cannot be.
            ConflictError: the name is taken, or the folder is another space's.
            UnavailableError: the folder could not be made.
        """
        if not who.admin:
            raise ForbiddenError("Only administrators make spaces.")
        if not _NAME.fullmatch(name) or kind not in KINDS:
            raise MalformedError(
                "A space is named by 1 to 63 of a-z, 0-9, dot, dash and underscore.",
                advice=f"Its kind is one of {', '.join(KINDS)}.",
            )
        below = "/".join(paths.names(folder or name))
        base = f"{where.root.rstrip('/')}/{below}"
        owner_id, now = owner or who.user_id, self._clock.now()
        with self._database.transaction() as conn:
            for other in map(store.read, rows(conn, store.every())):
                if other.name != name and other.store_id == where.id and nested(base, other.base):
                    raise ConflictError(f"The folder {base} is of the space {other.name!r}.")
            made = store.add(
                conn,
                name=name,
                title=title or name,
                kind=kind,
                store=where.id,
                base=base,
                owner=owner_id,
                durable=durable,
                trash_days=trash_days,
                now=now,
            )
            if made is None:
                raise ConflictError(f"There is a space {name!r} already.")
            top = entries.make_folder(
                conn, store=where.id, parent=0, name=f"space:{made.id}", owner=owner_id, now=now
            )
            assert top is not None
            store.root(conn, made.id, top.id)
            store.role(conn, made.id, f"user:{owner_id}", Role.OWNER)
            trail.record(conn, "space.make", name, now=now, store=where.name, owner_id=owner_id)
            self._make_folder(where.id, base)
        return self.need(who, name, Role.OWNER)

    def give(self, who: Grant, name: str, principal: str, role: Role) -> None:
        """Give a role, `Role.NONE` takes it away; managers may give what they have themselves.

        Raises:
            NotFoundError: no such space for the caller.
            ForbiddenError: the caller may not manage it, or not so far.
            MalformedError: nobody is called so.
        """
        space = self.need(who, name, Role.MANAGER)
        given = self.roles(who, name)
        best = max((given.get(p, Role.NONE) for p in principals(who)), default=Role.NONE)
        if not who.admin and max(role, given.get(principal, Role.NONE)) > best:
            raise ForbiddenError("You cannot give or take a role above your own.")
        if not re.fullmatch(r"user:\d{1,18}|group:.{1,150}|signed-in|anyone", principal):
            raise MalformedError(
                f"{principal!r} is nobody.", advice="Write user:ID, group:NAME, signed-in, anyone."
            )
        if principal == "anyone" and role > Role.READER:
            raise MalformedError("Who did not sign in can only read.")
        now = self._clock.now()

        def work(conn: Connection) -> None:
            store.role(conn, space.id, principal, role)
            given_role = role.name.lower()
            trail.record(conn, "role.give", name, now=now, principal=principal, role=given_role)

        self._database.run(work)

    def roles(self, who: Grant, name: str) -> Mapping[str, Role]:
        """Who has which role, best first; for those who have one."""
        space = self.need(who, name, Role.READER)
        found = self._database.rows(store.roles(space.id))
        return {str(row["principal"]): Role(int(str(row["role"]))) for row in found}

    def explain(self, who: Grant, subject: Grant, name: str) -> Sequence[str]:
        """Why somebody can or cannot do things in a space, in sentences; for its managers."""
        given = self.roles(who, name)
        here = self.need(who, name, Role.MANAGER)
        lines = [
            f"{_said(principal, subject)} is {role.name.lower()} here."
            for principal, role in given.items()
            if principal in principals(subject)
        ]
        if subject.admin:
            lines.insert(0, f"{subject.name} is an administrator of the service: all is allowed.")
        best = max((given.get(p, Role.NONE) for p in principals(subject)), default=Role.NONE)
        may = [verb for role, verb in VERBS.items() if role <= best or subject.admin]
        lines.append(f"So {subject.name} may {', '.join(may) or 'do nothing in'} {name}.")
        return [*lines, *_but(here, self._database.rows(terms.holds(here.id)))]

    def _make_folder(self, store_id: int, base: str) -> None:
        try:
            self._storages(store_id, base).make_folder("")
        except OSError as problem:
            raise UnavailableError(
                f"The folder {base} cannot be made: {problem.strerror}.",
                advice="Look at the store's root, and whether the service may write there.",
            ) from problem


def _said(principal: str, subject: Grant) -> str:
    """A principal that somebody is, for people."""
    kind, _, name = principal.partition(":")
    if kind == "user":
        return subject.name
    words = {SIGNED_IN: "Everybody who signed in", ANYONE: "Anybody at all"}
    return words.get(principal, f"The group {name}")


def _but(space: Space, holds: Sequence[Row]) -> list[str]:
    """What nobody may there, whatever the role."""
    lines = []
    if space.closed:
        lines.append("But the space is closed: it can only be read, by anybody.")
    if space.keep_days:
        lines.append(
            f"But nobody may delete or replace a file within {space.keep_days:,} days after it "
            "was stored."
        )
    if holds:
        places = "1 place" if len(holds) == 1 else f"{len(holds):,} places"
        lines.append(
            f"But there is a legal hold on {places} of it: nothing there may be deleted, "
            "replaced or moved, by anybody."
        )
    return lines


def nested(one: str, other: str) -> bool:
    """Whether one folder is the other, or in it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def allow(who: Grant, space: str, at: Sequence[str] | None, verbs: Collection[Verb]) -> None:
    """Ask the limits of a caller's credential, if it has any, for one of these verbs.

    Raises:
        ForbiddenError: it is good for none of them there.
    """
    if who.limits is None:
        return
    if at is None or who.limits.verbs(space, at).isdisjoint(verbs):
        what = " or ".join(sorted(verbs)) if at is not None else ""
        raise _limited(who, f"{what} at /{'/'.join(at or ())}" if what else "")


def _limited(who: Grant, what: str) -> ForbiddenError:
    assert who.limits is not None
    return ForbiddenError(
        f"{who.limits.made_by} is not good for {what or 'this'}.",
        advice="Use one that is good for this place and for what is to be done there.",
    )


def principals(who: Grant | None) -> list[str]:
    """As whom a caller may have been given a role; None is somebody who did not sign in."""
    if who is None:
        return [ANYONE]
    groups = [f"group:{name}" for name in sorted(who.groups)]
    return [f"user:{who.user_id}", *groups, SIGNED_IN, ANYONE]
