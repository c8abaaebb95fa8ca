"""What can be asked of the catalogue."""

from collections.abc import Sequence

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.entities import DatasetInfo, StoreInfo
from waystation.domains.catalogue.paths import sift
from waystation.domains.catalogue.store import stores as rows_of
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError

_NAME_LENGTH = 200


class Catalogue:
    """Stores and datasets."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def stores(self, who: Grant) -> list[StoreInfo]:
        """The stores that the caller may use."""
        return [s for s in self.every_store() if who.may_read(s.readers)]

    def every_store(self) -> list[StoreInfo]:
        """All stores in use; for the house itself."""
        return [rows_of.store_info(row) for row in self._database.rows(rows_of.stores())]

    def by_id(self, store_id: int) -> StoreInfo:
        """A store that something is in; for the house itself.

        Raises:
            NotFoundError: it was taken out of the settings.
        """
        for each in self.every_store():
            if each.id == store_id:
                return each
        raise NotFoundError(
            "The store of this space is not in the settings.", advice="Tell the operators."
        )

    def store(self, who: Grant, name: str) -> StoreInfo:
        """The store of that name; an empty name is the only one there is, or the only one on tape.

        Raises:
            NotFoundError: none of that name, or none that the caller may know of.
        """
        mine = self.stores(who)
        usual = default(mine)
        if not name and usual is not None:
            return usual
        for each in mine:
            if each.name == name:
                return each
        known = ", ".join(s.name for s in mine) or "none"
        raise NotFoundError(
            f"There is no store named {name!r}." if name else "Say which store is meant.",
            advice=f"Stores that you may use: {known}.",
        )

    def sync_stores(self, wanted: Sequence[StoreInfo]) -> None:
        """Make the table equal to the settings."""
        with self._database.transaction() as conn:
            for each in wanted:
                rows_of.put_store(
                    conn,
                    name=each.name,
                    root=each.root,
                    backend=each.backend,
                    readers=each.readers,
                    confirm_above_files=each.confirm_above_files,
                    files_per_owner=each.files_per_owner,
                )
            rows_of.retire_others(conn, [each.name for each in wanted])

    def datasets(self, who: Grant, store: str | None = None) -> list[DatasetInfo]:
        """Datasets of the stores that the caller may use."""
        mine = {s.name for s in self.stores(who)}
        found = self._database.rows(rows_of.datasets(store=store))
        return [rows_of.dataset_info(row) for row in found if str(row["store"]) in mine]

    def dataset_paths(self, who: Grant, store: str, name: str) -> list[str]:
        """The files of a dataset.

        Raises:
            NotFoundError: no such dataset, or none that the caller may know of.
        """
        where = self.store(who, store)
        found = self._database.rows(rows_of.datasets(store=where.name, name=name))
        if not found:
            raise NotFoundError(f"There is no dataset named {name!r} in store {where.name}.")
        statement = rows_of.dataset_paths(int(str(found[0]["id"])))
        return [str(row["path"]) for row in self._database.rows(statement)]

    def put_dataset(self, who: Grant, store: str, name: str, paths: Sequence[str]) -> bool:
        """Write a dataset whole; True when it is new. Administrators only.

        Raises:
            ForbiddenError: the caller is no administrator.
            MalformedError: a bad name or path; nothing was changed.
        """
        if not who.admin:
            raise ForbiddenError("Only administrators define datasets.")
        where = self.store(who, store)
        if not name.strip() or len(name) > _NAME_LENGTH or "/" in name:
            raise MalformedError("A dataset needs a name of 1 to 200 characters without a slash.")
        good, refused, _ = sift(paths, where.root)
        if refused:
            raise MalformedError(
                f"{len(refused)} paths cannot be files of this store, the first: "
                f"{refused[0].path!r}. {refused[0].reason}"
            )
        with self._database.transaction() as conn:
            return rows_of.put_dataset(
                conn, store_id=where.id, name=name, paths=good, now=self._clock.now()
            )


def default(mine: Sequence[StoreInfo]) -> StoreInfo | None:
    """Which store is meant when none is named: the only one, or the only one on tape."""
    on_tape = [each for each in mine if each.backend]
    return next((some[0] for some in (mine, on_tape) if len(some) == 1), None)
