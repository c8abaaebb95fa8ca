"""What can be asked of the trail; by administrators only."""

from collections.abc import Iterator

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.audit import queries, rules, store
from waystation.domains.audit.entities import Entry, Head, Verdict, Wanted
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.errors import ForbiddenError

_BATCH = 1_000
_MOST_BROKEN = 100


class Audit:
    """The trail of who did what."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(
        self, who: Grant, wanted: Wanted, *, before: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Entries, newest first; that somebody looked is itself an entry.

        Raises:
            ForbiddenError: the caller is no administrator.
        """
        self._looked(who, "audit.read", wanted)
        found = self._database.rows(queries.page(wanted, before=before, limit=limit))
        return [store.read(row) for row in found]

    def export(self, who: Grant, wanted: Wanted) -> Iterator[Entry]:
        """All entries, oldest first, a thousand in memory at a time.

        Raises:
            ForbiddenError: the caller is no administrator.
        """
        self._looked(who, "audit.export", wanted)
        return self._walk(wanted)

    def verify(self, noted: Head | None = None) -> Verdict:
        """Look over the whole chain. For operators.

        Args:
            noted: a head that was kept elsewhere; it must still be in the chain.
        """
        found = self._database.rows(queries.last_cut())
        head = store.read_head(found[0]) if found else rules.BEGINNING
        met = noted is None or noted in {head, rules.BEGINNING}
        count, broken = 0, list[str]()
        for entries in self._sealed(head.n):
            for after, words in rules.objections(head, entries):
                head, count = after, count + 1
                met = met or after == noted
                if words and len(broken) < _MOST_BROKEN:
                    broken.append(words)
        if not met and noted is not None:
            broken.append(f"The head {noted.text} is not in the chain: it was cut or rewritten.")
        loose = self._database.rows(queries.waiting())[0]["loose"]
        return Verdict(count, int(str(loose)), broken, head)

    def _walk(self, wanted: Wanted) -> Iterator[Entry]:
        after = 0
        while found := self._database.rows(queries.page(wanted, after=after, limit=_BATCH)):
            yield from map(store.read, found)
            after = int(str(found[-1]["id"]))

    def _sealed(self, after: int) -> Iterator[list[Entry]]:
        while found := self._database.rows(queries.chain(after, limit=_BATCH)):
            entries = [store.read(row) for row in found]
            yield entries
            after = entries[-1].n or after

    def _looked(self, who: Grant, act: str, wanted: Wanted) -> None:
        if not who.admin or Scope.READ not in who.scopes:
            raise ForbiddenError("Only administrators read the audit trail.")
        known = {name: getattr(wanted, name) for name in Wanted.__slots__}
        told = ", ".join(f"{name} {value}" for name, value in known.items() if value)
        with self._database.transaction() as conn:
            trail.record(conn, act, "audit trail", now=self._clock.now(), wanted=told or "all")
