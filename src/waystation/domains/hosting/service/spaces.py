"""Spaces: who has them, who may what, and why."""

import re
from collections.abc import Callable, Mapping, Sequence

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.catalogue.door import StoreInfo, entries
from waystation.domains.hosting.entities import ANYONE, SIGNED_IN, Role, Space, Standing
from waystation.domains.hosting.ports import Storage
from waystation.domains.hosting.store import spaces as store
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
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
        """The caller's spaces by name; all for an administrator."""
        found = store.every() if who.admin else store.mine(principals(who))
        return [store.read_standing(row) for row in self._database.rows(found)]

    def need(self, who: Grant | None, name: str, least: Role) -> Space:
        """The space of that name, if the caller may do so much there.

        Raises:
            NotFoundError: there is none, or the caller has no role in it at all.
            ForbiddenError: the caller's role, or token, does not go so far.
        """
        found = self._database.rows(store.standing(name, principals(who)))
        here = store.read_standing(found[0]) if found else None
        admin = who is not None and who.admin
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
        if who is not None and needed not in who.scopes:
            raise ForbiddenError(
                f"This token is not good for {needed.value!r}.",
                advice="Make one with that scope on the tokens page.",
            )
        if least is Role.WRITER and here.space.closed:
            raise ConflictError(f"The space {name!r} is closed; it can only be read.")
        return here.space

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
        kind: str = "project",
        title: str = "",
        owner: int | None = None,
        durable: bool = True,
        trash_days: int = 30,
    ) -> Space:
        """Make a space with a folder of its own on a store. Administrators only.

        Raises:
            ForbiddenError: the caller is no administrator.
            MalformedError: a name or kind that cannot be.
            ConflictError: the name is taken.
            UnavailableError: the folder could not be made.
        """
        if not who.admin:
            raise ForbiddenError("Only administrators make spaces.")
        if not _NAME.fullmatch(name) or kind not in KINDS:
            raise MalformedError(
                "A space is named by 1 to 63 of a-z, 0-9, dot, dash and underscore.",
                advice=f"Its kind is one of {', '.join(KINDS)}.",
            )
        base, owner_id, now = (
            f"{where.root.rstrip('/')}/{name}",
            owner or who.user_id,
            self._clock.now(),
        )
        with self._database.transaction() as conn:
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
        self._database.run(lambda conn: store.role(conn, space.id, principal, role))

    def roles(self, who: Grant, name: str) -> Mapping[str, Role]:
        """Who has which role, best first; for those who have one."""
        space = self.need(who, name, Role.READER)
        found = self._database.rows(store.roles(space.id))
        return {str(row["principal"]): Role(int(str(row["role"]))) for row in found}

    def explain(self, who: Grant, subject: Grant, name: str) -> Sequence[str]:
        """Why somebody can or cannot do things in a space, in sentences; for its managers."""
        given = self.roles(who, name)
        self.need(who, name, Role.MANAGER)
        lines = [
            f"{principal} is {role.name.lower()} here."
            for principal, role in given.items()
            if principal in principals(subject)
        ]
        if subject.admin:
            lines.insert(0, f"{subject.name} is an administrator of the service: all is allowed.")
        best = max((given.get(p, Role.NONE) for p in principals(subject)), default=Role.NONE)
        may = [verb for role, verb in VERBS.items() if role <= best or subject.admin]
        lines.append(f"So {subject.name} may {', '.join(may) or 'do nothing in'} {name}.")
        return lines

    def _make_folder(self, store_id: int, base: str) -> None:
        try:
            self._storages(store_id, base).make_folder("")
        except OSError as problem:
            raise UnavailableError(
                f"The folder {base} cannot be made: {problem.strerror}.",
                advice="Look at the store's root, and whether the service may write there.",
            ) from problem


def principals(who: Grant | None) -> list[str]:
    """As whom a caller may have been given a role; None is somebody who did not sign in."""
    if who is None:
        return [ANYONE]
    groups = [f"group:{name}" for name in sorted(who.groups)]
    return [f"user:{who.user_id}", *groups, SIGNED_IN, ANYONE]
