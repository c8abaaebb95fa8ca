"""100,000 files in one folder: a page costs a page, and all of them cost no memory."""

from pathlib import Path

import psycopg
import pytest

from waystation.domains.catalogue.door import EntryKind, entries

FILES = 100_000
ROWS = """
  INSERT INTO catalogue_entry (store_id, parent_id, name, kind, size, mtime, changed, owner_id)
  SELECT f.store_id, f.id, 'file-' || lpad(n::text, 7, '0'), 1, 1000, now(), now(), f.owner_id
  FROM catalogue_entry f, generate_series(1, %(n)s) n
  WHERE f.name = %(folder)s AND f.kind = 0
"""
BODY = b'<propfind xmlns="DAV:"><allprop/></propfind>'
GROWTH_MB = 24


@pytest.fixture(scope="module")
def folder(lab) -> str:
    name = lab.name()
    with lab.client() as http:
        assert http.request("MKCOL", f"/dav/lab/{name}").status_code == 201
    with psycopg.connect(lab.house.dsn, autocommit=True) as conn:
        conn.execute(ROWS, {"n": FILES, "folder": name})
        conn.execute("ANALYZE catalogue_entry")
    return name


def resident_mb(lab, field: str) -> float:
    (serving,) = lab.house.pids("serving")[:1]
    text = Path(f"/proc/{serving}/status").read_text()
    return int(text.split(f"{field}:")[1].split()[0]) / 1024


@pytest.mark.parametrize("after", ["", "file-0050000", "file-0099990"])
def test_a_page_is_read_by_its_index_wherever_it_begins(lab, folder, after):
    with psycopg.connect(lab.house.dsn) as conn:
        row = conn.execute("SELECT id FROM catalogue_entry WHERE name = %s", [folder]).fetchone()
        assert row is not None
        asked = entries.page(row[0], EntryKind.FILE, after=after, limit=500)
        plan = conn.execute(
            b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + asked.text, asked.params
        ).fetchone()
    assert plan is not None
    top = plan[0][0]["Plan"]
    kinds, rows = set(), []

    def walk(node) -> None:
        kinds.add(node["Node Type"])
        rows.append(node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for each in node.get("Plans", ()):
            walk(each)

    walk(top)
    assert not kinds & {"Seq Scan", "Sort", "Bitmap Heap Scan"}, kinds
    assert max(rows) <= 500, "no more is read than is shown"
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 2_000


def test_all_of_it_is_listed_in_flat_memory(lab, folder):
    with lab.client() as http:
        (serving,) = lab.house.pids("serving")[:1]
        http.request("PROPFIND", "/dav/lab/", headers={"Depth": "1"}, content=BODY)
        Path(f"/proc/{serving}/clear_refs").write_text("5")
        before, seen, tail = resident_mb(lab, "VmRSS"), 0, b""
        headers = {"Depth": "1"}
        with http.stream("PROPFIND", f"/dav/lab/{folder}", headers=headers, content=BODY) as got:
            assert got.status_code == 207
            for part in got.iter_bytes():
                whole = tail + part
                seen += whole.count(b"<d:response>")
                tail = whole[-11:]
    assert seen == FILES + 1
    assert resident_mb(lab, "VmHWM") - before < GROWTH_MB
