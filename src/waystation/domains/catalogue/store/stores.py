"""Stores and datasets."""

import json
from collections.abc import Sequence
from datetime import datetime

from waystation.domains.catalogue.entities import DatasetInfo, StoreInfo
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_STORES = """
  SELECT id, name, root, backend, readers, confirm_above_files, files_per_owner
  FROM catalogue_store WHERE NOT retired ORDER BY id
"""

_PUT_STORE = """
  INSERT INTO catalogue_store
    (name, root, backend, readers, confirm_above_files, files_per_owner, retired)
  VALUES (%(name)s, %(root)s, %(backend)s, %(readers)s::jsonb, %(confirm)s, %(per_owner)s, false)
  ON CONFLICT (name) DO UPDATE SET root = excluded.root, backend = excluded.backend,
    readers = excluded.readers, confirm_above_files = excluded.confirm_above_files,
    files_per_owner = excluded.files_per_owner, retired = false
"""

_DATASETS = """
  SELECT d.id, d.name, s.name AS store, d.files, d.bytes, d.changed, s.readers
  FROM catalogue_dataset d JOIN catalogue_store s ON s.id = d.store_id
  WHERE NOT s.retired AND (%(store)s::text IS NULL OR s.name = %(store)s)
    AND (%(name)s::text IS NULL OR d.name = %(name)s)
  ORDER BY s.name, d.name LIMIT 1000
"""


def stores() -> Statement:
    """Stores in use."""
    return Statement(_STORES, {})


def put_store(
    conn: Connection,
    *,
    name: str,
    root: str,
    backend: str,
    readers: Sequence[str],
    confirm_above_files: int,
    files_per_owner: int,
) -> None:
    """Make a store or bring it up to date."""
    params = {
        "name": name,
        "root": root,
        "backend": backend,
        "readers": json.dumps(list(readers)),
        "confirm": confirm_above_files,
        "per_owner": files_per_owner,
    }
    execute(conn, _PUT_STORE, params)


def retire_others(conn: Connection, names: Sequence[str]) -> None:
    """Stores that the settings no longer name take no new requests."""
    sql = "UPDATE catalogue_store SET retired = true WHERE name <> ALL(%(names)s)"
    execute(conn, sql, {"names": list(names)})


def store_info(row: Row) -> StoreInfo:
    """A store from its row."""
    readers = row["readers"]
    return StoreInfo(
        id=int(str(row["id"])),
        name=str(row["name"]),
        root=str(row["root"]),
        backend=str(row["backend"]),
        readers=tuple(str(r) for r in readers) if isinstance(readers, list) else (),
        confirm_above_files=int(str(row["confirm_above_files"])),
        files_per_owner=int(str(row["files_per_owner"])),
    )


def datasets(*, store: str | None, name: str | None = None) -> Statement:
    """Datasets of a store, or all."""
    return Statement(_DATASETS, {"store": store, "name": name})


def dataset_info(row: Row) -> DatasetInfo:
    """A dataset from its row."""
    size, changed = row["bytes"], row["changed"]
    assert isinstance(changed, datetime)
    return DatasetInfo(
        id=int(str(row["id"])),
        name=str(row["name"]),
        store=str(row["store"]),
        files=int(str(row["files"])),
        bytes=None if size is None else int(str(size)),
        changed=changed,
    )


def put_dataset(
    conn: Connection, *, store_id: int, name: str, paths: Sequence[str], now: datetime
) -> bool:
    """Write a dataset whole; True when it is new."""
    sql = """
      INSERT INTO catalogue_dataset (store_id, name, files, changed)
      VALUES (%(store)s, %(name)s, %(files)s, %(now)s)
      ON CONFLICT (store_id, name) DO UPDATE SET files = excluded.files, bytes = NULL,
        changed = excluded.changed RETURNING id, (xmax = 0) AS made
    """
    params = {"store": store_id, "name": name, "files": len(paths), "now": now}
    row = rows(conn, Statement(sql, params))[0]
    execute(conn, "DELETE FROM catalogue_datasetfile WHERE dataset_id = %(id)s", row)
    sql_copy = b"COPY catalogue_datasetfile (dataset_id, n, path) FROM STDIN"
    with conn.cursor().copy(sql_copy) as copy:
        for n, path in enumerate(paths, 1):
            copy.write_row((row["id"], n, path))
    return bool(row["made"])


def dataset_paths(dataset_id: int) -> Statement:
    """The files of a dataset in order."""
    sql = "SELECT path FROM catalogue_datasetfile WHERE dataset_id = %(id)s ORDER BY n"
    return Statement(sql, {"id": dataset_id})
