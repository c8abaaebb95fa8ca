"""Damaged files get their bytes back from a site that has a copy."""

import hashlib
import os
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from crash.world import KilledError
from hosting.world import SPACE
from replication.liar import lying
from replication.twins import HOST
from waystation.backends.partner.waystation import SiteConfig, WaystationSite
from waystation.domains.hosting.controller.scrubbing import scrub
from waystation.domains.hosting.door import CORRUPT as SAID
from waystation.domains.hosting.door import Care
from waystation.domains.hosting.door import Desk as Reading
from waystation.domains.transfers.controller.mending import fetch, mend
from waystation.domains.transfers.controller.receiving import land, tell
from waystation.domains.transfers.controller.sending import watch
from waystation.domains.transfers.entities import CORRUPT, PartnerInfo

FILES = {f"folder/{n}.dat": f"content {n}".encode() * 50 for n in range(5)}
LOST, SPOILT = "folder/1.dat", "folder/3.dat"


@pytest.fixture
def full(twins):
    """Files at one side, and all of them at the other."""
    twins.aye.folder("folder")
    for path, data in FILES.items():
        twins.aye.put(path, data)
    twins.aye.rule()
    twins.live()
    return twins


def spoil(twin, path: str) -> None:
    """Other bytes of the same length, as a disk forgets them: with the same time."""
    file = twin.root / SPACE / path
    there = file.stat()
    file.write_bytes(b"x" * there.st_size)
    os.utime(file, ns=(there.st_mtime_ns, there.st_mtime_ns))


def read_all(twin) -> None:
    """The scrubber's whole cycle."""
    twin.clock.forward(minutes=2)
    while scrub(reading(twin)):
        pass


def reading(twin) -> Reading:
    """The scrubber, which begins again at once and does not rest."""
    care = Care(timedelta(), bytes_per_s=1e12)
    return Reading(twin.database, twin.clock, twin.hosting.spaces.storage, care, lambda _: None)


def digest(path: str) -> tuple[str, str]:
    return path, hashlib.sha256(FILES[path]).hexdigest()


def damaged(twin) -> set[str]:
    return {each.path for each in twin.hosting.caring.all_damaged(twin.admin)}


def test_the_two_subjects_mean_the_same_words():
    assert SAID == CORRUPT


def test_lost_and_damaged_files_come_back_as_the_same_files(full):
    """Whatever is held, and however full it is: these are the bytes that were stored."""
    before = full.aye.tree()
    full.aye.limit(bytes_=1)
    full.aye.hosting.terms.hold(full.aye.admin, SPACE, "folder", "a lawsuit")
    (full.aye.root / SPACE / LOST).unlink()
    spoil(full.aye, SPOILT)
    read_all(full.aye)
    assert damaged(full.aye) == {LOST, SPOILT}
    full.live()
    assert full.aye.get(SPOILT) == FILES[SPOILT]
    assert full.aye.get(LOST) == FILES[LOST]
    after = full.aye.tree()
    assert {p: e.etag for p, e in after.items()} == {p: e.etag for p, e in before.items()}
    assert not damaged(full.aye)
    assert not full.aye.rows("SELECT 1 FROM transfers_repair")
    assert not full.aye.rows("SELECT 1 FROM transfers_origin"), "they are still ours"
    full.check()
    trail = full.aye.rows("SELECT facts FROM audit_entry WHERE act = 'file.mend'")
    assert {name for (facts,) in trail for name in facts["files"]} == {LOST, SPOILT}


def test_a_whole_folder_that_is_gone_comes_back(full):
    shutil.rmtree(full.aye.root / SPACE / "folder")
    read_all(full.aye)
    full.live(100)
    full.check()


def test_a_damaged_copy_is_told_to_its_source_and_sent_again(full):
    spoil(full.bee, SPOILT)
    before = full.bee.tree()[SPOILT].etag
    read_all(full.bee)
    assert damaged(full.bee) == {SPOILT}
    full.live()
    assert full.bee.get(SPOILT) == FILES[SPOILT]
    assert full.bee.tree()[SPOILT].etag == before
    assert full.aye.rows("SELECT 1 FROM audit_entry WHERE act = 'copy.damaged'")
    assert not damaged(full.bee)
    full.check()


def test_a_file_that_is_damaged_before_it_leaves_is_found_so(twins):
    """The receiver says that it is not what was promised; the sender then reads its own."""
    twins.aye.put("a", b"as it was")
    spoil(twins.aye, "a")
    twins.aye.rule()
    twins.live(until=lambda: bool(twins.aye.rows("SELECT 1 FROM hosting_suspect")))
    scrub(reading(twins.aye))
    assert damaged(twins.aye) == {"a"}
    (told,) = twins.aye.transfers.repairs(twins.aye.admin)
    assert "No partner has a copy" in told.words


def test_a_copy_that_is_wrong_too_is_not_taken(full):
    spoil(full.aye, SPOILT)
    spoil(full.bee, SPOILT)
    read_all(full.aye)
    full.live(until=lambda: any(r.tries > 1 for r in full.aye.transfers.repairs(full.aye.admin)))
    assert damaged(full.aye) == {SPOILT}
    (told,) = full.aye.transfers.repairs(full.aye.admin)
    assert (told.partner, told.path) == ("bee", SPOILT)
    assert full.aye.get(SPOILT) == b"x" * len(FILES[SPOILT])

    assert full.bee.rows("SELECT 1 FROM hosting_suspect"), "it hears that it should read its own"
    assert full.bee.transfers.harbour.holds(full.bee.ben.user_id, SPACE, [digest(SPOILT)]) == [
        False
    ], "such a copy is no reason to delete ours"


def test_killed_at_every_step_of_a_repair(full):
    mortal = full.aye
    for place in range(1, 120):
        spoil(mortal, SPOILT)
        read_all(mortal)
        mortal.fate.passed.clear()
        mortal.fate.place = place
        repair(mortal)
        if mortal.fate.place:
            mortal.fate.place = 0
            break
        # The reading of all files sees what a death hid.
        read_all(mortal)
        repair(mortal)
        assert mortal.get(SPOILT) == FILES[SPOILT], mortal.deaths[-1]
    else:
        raise AssertionError("it never gets through")
    full.check()


def repair(twin) -> None:
    """The steps of a repair until nothing is damaged and nothing is open; a death is one more."""
    for _ in range(40):
        try:
            for step in (mend, fetch, watch, land, tell):
                step(twin.sending)
            twin.tasks_end()
        except KilledError:
            twin.rise()
        twin.clock.forward(minutes=6)
        if not twin.rows(UNMENDED):
            return
    raise AssertionError(twin.rows(UNMENDED))


UNMENDED = """
  SELECT words FROM hosting_damage
  UNION SELECT words FROM transfers_shipment WHERE asked AND NOT told
"""


def test_a_partner_does_not_choose_what_we_read(full):
    spoil(full.aye, SPOILT)
    read_all(full.aye)
    end = {"kind": "path", "facts": {"root": "/etc", "hosts": HOST}}
    with lying({"sources": {"endpoints": [end]}}) as url:

        def site(partner: PartnerInfo) -> WaystationSite:
            return WaystationSite(replace(partner, url=url, token="x"), SiteConfig())

        desk = replace(full.aye.sending, sites=site)
        assert mend(desk) == 1
        assert fetch(desk) == 1
    (told,) = full.aye.transfers.repairs(full.aye.admin)
    assert "sites.paths" in told.words
    assert full.aye.get(SPOILT) == b"x" * len(FILES[SPOILT])
