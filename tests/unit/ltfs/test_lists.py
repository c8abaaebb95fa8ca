"""Lists, journals, locks: what is written, in what order files are read, what is remembered."""

import json
import os
import random
from contextlib import suppress
from pathlib import Path

import pytest

from unit.ltfs.small import TWO, Small
from waystation.backends.tape.ltfs.config import LtfsConfig, Tree
from waystation.backends.tape.ltfs.journal import Entry, Journal, JournalWriter
from waystation.backends.tape.ltfs.lists import ListFolder
from waystation.domains.staging.entities import ListState, Outcome, RecallList
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation_sim.ltfs import faults
from waystation_sim.ltfs.cartridges import position
from waystation_sim.ltfs.running import RunningDrives


def test_files_are_opened_in_the_order_wanted(tmp_path):
    small = Small(tmp_path, files=12)
    order = list(range(12))
    random.Random(2).shuffle(order)
    with RunningDrives(small.mount, tmp_path / "drives", speed_up=1e6) as drives:
        small.brought([small.paths[n] for n in order])
        opened = drives.opened()
    assert [int(o.place.name[1:]) for o in opened] == order
    in_blocks = sorted(opened, key=lambda o: position(o.place))
    assert [o.place for o in in_blocks] != [o.place for o in opened]


def test_a_mixed_list_is_taken_cartridge_by_cartridge(tmp_path):
    small = Small(tmp_path, files=8, names=TWO)
    with RunningDrives(small.mount, tmp_path / "drives", speed_up=1e6) as drives:
        small.brought()
        opened = [(o.place.parts[-3], int(o.place.name[1:])) for o in drives.opened()]
    assert opened == sorted(opened)


def test_copies_that_failed_are_fetched_elsewhere_when_the_tape_is_done(tmp_path):
    small = Small(tmp_path, files=6, names=TWO, copies=2)
    for n in (0, 3):
        faults.spoil(small.on_tape(n, TWO[0]))
    told = small.brought(tape=TWO[0])
    assert {file.outcome for file in told.values()} == {Outcome.ONLINE}
    entries = sorted(small.entries().values(), key=lambda entry: entry.end_s)
    assert [entry.tape for entry in entries] == [TWO[0]] * 4 + [TWO[1]] * 2
    assert [entry.position for entry in entries[4:]] == sorted(e.position for e in entries[4:])


def test_files_on_disk_are_neither_read_nor_changed(tmp_path):
    small = Small(tmp_path)
    Path(small.paths[0]).parent.mkdir()
    Path(small.paths[0]).write_bytes(b"the owner's own")
    told = small.brought()
    assert told[0].outcome is Outcome.ONLINE
    assert Path(small.paths[0]).read_bytes() == b"the owner's own"
    assert not small.entries()[0].tape


def test_an_empty_file_comes_without_a_tape(tmp_path):
    small = Small(tmp_path)
    place = small.on_tape(0)
    place.write_bytes(b"")
    for name in os.listxattr(place):
        os.removexattr(place, name)
    with small.index.change() as change:
        change.doubt(small.names[0])
    small.refresh()
    told = small.brought()
    assert told[0].outcome is Outcome.ONLINE
    assert Path(small.paths[0]).stat().st_size == 0
    assert not small.entries()[0].run


def test_what_was_cancelled_is_not_read(tmp_path):
    small = Small(tmp_path)
    key = small.want("k", small.paths)
    backend = small.backend()
    backend.cancel(key, [*small.paths[1:3], "/no/such/path"])
    backend.cancel(key, small.paths[:0])
    small.move()
    assert set(small.told()) == {0, 3}
    assert not Path(small.paths[1]).exists()
    backend.cancel(key, small.paths)
    assert small.lists.dropped(key) == frozenset(small.paths[1:3])


def test_a_list_outside_of_every_tree_is_refused_file_by_file(tmp_path):
    small = Small(tmp_path)
    small.want("k", ["/elsewhere/f9", small.paths[0]])
    small.move()
    told = small.told()
    assert (told[9].outcome, told[0].outcome) == (Outcome.REFUSED, Outcome.ONLINE)


def test_the_sites_checksums_count_where_the_tape_has_none(tmp_path):
    sums = tmp_path / "sums"
    sums.write_text(f"{'0' * 64}  set/f0\n")
    small = Small(tmp_path, hashes=(), checksums=sums)
    told = small.brought()
    assert told[0].outcome is Outcome.REFUSED
    assert told[1].outcome is Outcome.ONLINE


def test_modes_and_owners_are_those_of_the_place(tmp_path):
    small = Small(tmp_path)
    if os.geteuid() == 0:
        os.chown(small.root, 1234, 1234)
    small.brought()
    for place in (Path(small.paths[0]), Path(small.paths[0]).parent):
        assert place.stat().st_uid == small.root.stat().st_uid
    assert Path(small.paths[0]).stat().st_mode & 0o777 == 0o644


def test_a_torn_line_does_not_count_and_is_cut_off(tmp_path):
    place = tmp_path / "j"
    writer = JournalWriter(place, fsync=True)
    writer.write(Entry(0, "begun"))
    writer.write(Entry(0, "online", size=5, end_s=1.5))
    writer.close()
    with place.open("ab") as file:
        file.write(b'{"n": 1, "did": "onl')
    journal = Journal(place)
    journal.catch_up()
    assert (journal.begun, set(journal.entries)) == ({0}, {0})
    writer = JournalWriter(place, fsync=False)
    writer.write(Entry(1, "failed", "words with a \n line end"))
    writer.close()
    journal.catch_up()
    assert journal.entries[1].words == "words with a \n line end"
    assert [json.loads(line)["n"] for line in place.read_text().splitlines()] == [0, 0, 1]


def test_a_line_that_a_bad_disk_made_unreadable_counts_as_not_written(tmp_path):
    small = Small(tmp_path)
    small.want("k", small.paths)
    small.lists.place("k", "journal").write_bytes(b'{"n": 0, "di\xff\n{"n": 1, "never": 3}\n[]\n')
    small.move()
    assert {file.outcome for file in small.told().values()} == {Outcome.ONLINE}
    assert all(small.right(n) for n in range(4))


def test_lists_that_ended_long_ago_are_forgotten_and_others_never(tmp_path):
    small = Small(tmp_path)
    small.brought(key="old")
    small.want("open", small.paths)
    small.lists.prune(before=0.0)
    assert small.lists.knows("old")
    small.lists.prune(before=4e9)
    assert not small.lists.knows("old")
    assert small.lists.knows("open")
    assert not list(small.config.list_dir.glob("waystation-old*"))
    assert small.backend()._report("old").state is ListState.UNKNOWN


def test_a_directory_for_lists_that_cannot_be_used_is_told(tmp_path):
    config = LtfsConfig(tmp_path / "ltfs", tmp_path / "none", (Tree(tmp_path),))
    lists = ListFolder(config.list_dir)
    for call in (lists.waiting, lambda: lists.write("k", ["/a"], None), lambda: lists.holder("k")):
        with pytest.raises(BackendUnavailableError, match="cannot be kept"):
            call()
    assert not lists.knows("k")
    with suppress(FileNotFoundError):
        lists.prune(1.0)


def test_settings_travel_to_the_movers_as_they_are(tmp_path):
    config = LtfsConfig(
        tmp_path / "m", tmp_path / "l", (Tree(tmp_path, "a b"),), checksums=tmp_path / "s"
    )
    assert LtfsConfig.from_json(config.as_json()) == config
    plain = LtfsConfig(tmp_path / "m", tmp_path / "l")
    assert LtfsConfig.from_json(plain.as_json()) == plain


def test_a_list_that_is_too_long_is_refused(tmp_path):
    small = Small(tmp_path)
    with pytest.raises(BackendRefusedError, match="2 is the most"):
        small.backend(list_limit=2).recall(RecallList("k", tuple(small.paths)))
    assert small.lists.waiting() == []
