"""The parts of a simulated site that need no processes."""

import random
from collections import Counter
from pathlib import Path

import pytest

from waystation_sim.site.archive import archive
from waystation_sim.site.console import Call, UsageError, options
from waystation_sim.site.hardware import scale_for
from waystation_sim.site.index import Index, Tape
from waystation_sim.site.inventory import attribute_of
from waystation_sim.site.layout import Site, SiteSettings
from waystation_sim.site.tables import render
from waystation_sim.site.tasks import FIRST_TASK_ID, LAST_TASK_ID, Outcome, Tasks


@pytest.fixture
def index(tmp_path):
    index = Index(tmp_path / "site.db")
    yield index
    index.close()


def test_a_list_may_be_paths_or_policy_lines():
    lines = ("/plain a", "12 0 0   -- /gpfs/policy line", "", "/gpfs/a -- b")
    assert Call((), lines, None).paths() == ["/plain a", "/gpfs/policy line", "/gpfs/a -- b"]


def test_options_are_parted_from_arguments():
    words = ["list", "-l", "lib1", "--resident", "--", "-x"]
    found = options(words, flags=("--resident",), values=("-l",))
    assert found == (["list", "-x"], {"-l": "lib1", "--resident": ""})
    for wrong in (["-z"], ["-l"]):
        with pytest.raises(UsageError):
            options(wrong, values=("-l",))


def test_tables_have_two_forms():
    rows = [{"a": "x", "b": ["p", "q"]}, {"a": "", "b": []}]
    assert render(rows, ("a", "b"), {}) == "A  B\nx  p,q\n-  -"
    assert render(rows[:1], ("a",), {"--no-header": ""}) == "x"
    assert render([], ("a",), {"--json": ""}) == '{"payload": []}'


def test_auto_scale_fills_the_fullest_cartridge():
    tapes = {name: Tape(name, "l", "p", "full", used) for name, used in (("A", 0), ("B", 10**8))}
    assert scale_for("auto", tapes, SiteSettings()) * 10**8 == pytest.approx(0.7 * 18e12)
    assert scale_for("12.5", tapes, SiteSettings()) == 12.5
    assert scale_for("auto", {}, SiteSettings()) == 1


def test_task_numbers_wrap_and_go_on_after_the_history_is_cleared(index):
    tasks = Tasks(index)
    first = tasks.create("recall", "eeadm recall")
    assert first.task_id == FIRST_TASK_ID
    with index.writing() as db:
        db.execute("update task set task_id = ?", (LAST_TASK_ID,))
    second = tasks.create("recall", "eeadm recall")
    assert second.task_id == FIRST_TASK_ID
    tasks.add_outcomes(second.seq, [Outcome(0, "/a", None), Outcome(1, "/b", "GLESL401E")])
    assert [row[:2] for row in tasks.outcomes(second.seq)] == [
        ("Success", "-"),
        ("Fail", "GLESL401E"),
    ]
    tasks.abandon_unfinished()
    assert [task.result for task in tasks.listed(completed=True)] == ["failed", "failed"]
    tasks.clear_history()
    assert tasks.listed(completed=True) == []
    assert tasks.find(second.full_id) is None
    assert tasks.create("recall", "x").task_id == FIRST_TASK_ID + 1


def test_an_archive_is_laid_out_in_interleaved_runs_over_four_tapes(tmp_path):
    source, root = tmp_path / "source", tmp_path / "site"
    for dataset in range(12):
        (source / f"d{dataset}").mkdir(parents=True)
        for n in range(60):
            (source / f"d{dataset}" / f"{n:02}").write_bytes(b"x" * random.Random(n).randrange(9))
    with Site(root) as site:
        assert archive(source, site, SiteSettings(libraries=2), tapes=8) == 720
    index = Index(root / "site.db")
    rows = index.reading.execute(
        "select path, barcode, start, size from file join copy on file = id"
        " order by barcode, start"
    ).fetchall()
    tapes = index.tapes()
    found = index.files([rows[0][0]])
    attribute = attribute_of(found[rows[0][0]].copies, tapes)
    index.close()
    assert attribute.startswith(f"1 {rows[0][1]}@")
    groups = {}
    runs = Counter()
    previous = None
    for path, barcode, start, _ in rows:
        dataset = Path(path).parent.name
        groups.setdefault(dataset, set()).add(int(barcode[2:6]) // 4)
        if previous != (dataset, barcode):
            runs[dataset] += 1
            assert start >= 0
        previous = (dataset, barcode)
    assert all(len(group) == 1 for group in groups.values())
    assert 2 <= sum(runs.values()) / len(runs) <= 12
    used = Counter()
    for _, barcode, start, size in rows:
        assert start == used[barcode]
        used[barcode] += size
    assert {tape.barcode: tape.used for tape in tapes.values() if tape.used} == dict(used)
