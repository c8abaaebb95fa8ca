"""Rows for a benchmark: many files held, as after a long day."""

import psycopg

HELD = """
  INSERT INTO staging_recall (store_id, path, backend, owner_id, priority, created, state, due, tries,
    list_id, tape, position, bytes, unwanted, told)
  SELECT s.id, %(root)s || '/run' || i %% 1000 || '/file-' || i || '.dat', s.backend, u.id, 4, now(),
         %(state)s, CASE WHEN %(state)s IN (0, 3) THEN now() END, 0,
         CASE WHEN %(state)s IN (2, 4) THEN 0 END, 'T' || lpad((i %% %(tapes)s)::text, 4, '0'), i::bigint * 1000000,
         2000000000, false, false
  FROM generate_series(1, %(count)s) i, catalogue_store s, accounts_user u
  WHERE s.name = 'archive' AND u.username = 'bench'
"""


def recalls(dsn: str, root: str, count: int, *, state: int, tapes: int = 200) -> None:
    """Write `count` recalls of files below `root` in one state."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        params = {"root": root, "count": count, "state": state, "tapes": tapes}
        conn.execute(HELD, params)
        conn.execute("ANALYZE staging_recall")


def path(root: str, number: int) -> str:
    """The path of a seeded file."""
    return f"{root}/run{number % 1000}/file-{number}.dat"
