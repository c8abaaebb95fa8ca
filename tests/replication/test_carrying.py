"""Shipments on a disk: there, back with a receipt, cut short, damaged, changed by somebody."""

import json
from datetime import timedelta

import pytest

from crash.world import KilledError
from replication.test_repair import spoil
from waystation.backends.partner.disk import Disk
from waystation.bootstrap.carrying import Carrier
from waystation.domains.accounts.door import Scope
from waystation.domains.transfers.errors import PartnerRefusedError
from waystation.domains.transfers.states import ShipmentState
from waystation.kernel.errors import ConflictError, MalformedError

FILES = {f"folder/{n} ü:?.dat": f"content {n}".encode() * 500 for n in range(8)}


def introduce(one, other) -> None:
    """Give `one` a token of its account at the other."""
    who = other.accounts.by_id(other.ben.user_id)
    token = other.accounts.new_token(
        who,
        name="replication",
        scopes=frozenset({Scope.READ, Scope.WRITE}),
        lifetime=timedelta(days=1_000),
    )
    one.transfers.know(one.admin, other.name, url="", token=token, account_id=None)


@pytest.fixture
def full(twins):
    """Files, a rule, and no line between the two."""
    introduce(twins.aye, twins.bee)
    introduce(twins.bee, twins.aye)
    twins.aye.folder("folder")
    for path, data in FILES.items():
        twins.aye.put(path, data)
    twins.aye.rule()
    twins.aye.transfers.switch(twins.aye.admin, "bee", on=False)
    for each in (twins.aye, twins.bee):
        calls = ["expect", "settle", "report", "holds", "hello", "sending", "cancel"]
        each.cut.asking.update(calls)
    twins.aye.clock.forward(minutes=2)
    return twins


@pytest.fixture
def disk(tmp_path):
    """One that was formatted this morning."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def carrier(twin) -> Carrier:
    return Carrier(twin, twin.admin, twin.sending, lambda _: None)


def export(twins, disk, **more) -> int:
    return carrier(twins.aye).export("all", "bee", disk, most=more.get("most"))


def states(twin) -> set[ShipmentState]:
    found = twin.rows("SELECT state FROM transfers_shipment")
    return {ShipmentState(int(str(state))) for (state,) in found}


def test_there_and_back_without_a_line(full, disk):
    assert export(full, disk) == len(FILES)
    assert states(full.aye) == {ShipmentState.CARRIED}
    assert export(full, disk) == 0, "what is on it is not put there again"
    assert carrier(full.bee).take_in(disk) == len(Disk(disk).shipments()) > 1
    assert {path: full.bee.get(path) for path in full.bee.tree()} == FILES
    assert states(full.aye) == {ShipmentState.CARRIED}, "nobody has told it yet"
    assert carrier(full.aye).receipts(disk) == len(Disk(disk).shipments())
    assert states(full.aye) == {ShipmentState.DONE}
    full.aye.cut.asking.clear()
    full.bee.cut.asking.clear()
    full.aye.transfers.switch(full.aye.admin, "bee", on=True)
    full.live()
    full.check()
    moved = full.aye.rows("SELECT count(*) FROM transfers_shipment WHERE engine <> 'carry'")
    assert moved == [(0,)], "a receipt is as good as a line"


def test_where_there_is_a_line_it_tells(full, disk):
    export(full, disk)
    full.bee.cut.asking.clear()
    carrier(full.bee).take_in(disk)
    full.live(until=lambda: states(full.aye) == {ShipmentState.DONE})
    assert len(full.aye.rows("SELECT 1 FROM transfers_replica")) == len(FILES)


def test_so_much_and_no_more(full, disk):
    size = len(FILES["folder/0 ü:?.dat"])
    full.aye.transfers.know(full.aye.admin, "cee", url="", token="", account_id=None)
    with pytest.raises(ConflictError, match="not paired"):
        carrier(full.aye).export("all", "cee", disk, most=None)
    assert export(full, disk, most=3 * size) == 3
    assert export(full, disk) == len(FILES) - 3
    assert carrier(full.bee).take_in(disk)
    assert len(full.bee.tree()) == len(FILES)


def test_killed_anywhere_it_goes_on(full, disk, monkeypatch):
    """After every commit of the export and of the import, and in the middle of a file."""
    for twin, work in (
        (full.aye, lambda: export(full, disk)),
        (full.bee, lambda: carrier(full.bee).take_in(disk)),
    ):
        for place in range(1, 80):
            twin.fate.passed.clear()
            twin.fate.place = place
            try:
                work()
            except KilledError:
                twin.rise()
                twin.clock.forward(minutes=10)
                twin.turn(minutes=30)
                continue
            twin.fate.place = 0
            break
        assert twin.deaths
    carrier(full.bee).take_in(disk)
    assert {path: full.bee.get(path) for path in full.bee.tree()} == FILES
    carrier(full.aye).receipts(disk)
    assert states(full.aye) == {ShipmentState.DONE}
    full.bee.turn(hours=1)
    full.bee.check()


def test_a_disk_whose_folders_lead_away_is_not_followed(full, disk, tmp_path):
    export(full, disk)
    key = Disk(disk).shipments()[0]
    victim = disk / "waystation" / key / "files" / "000" / "000001"
    aside = tmp_path / "aside"
    victim.rename(aside)
    victim.symlink_to(aside)
    carrier(full.bee).take_in(disk)
    assert len(full.bee.tree()) == len(FILES) - 1
    other = tmp_path / "other"
    (disk / "waystation" / key).rename(other)
    (disk / "waystation" / key).symlink_to(other)
    with pytest.raises(PartnerRefusedError, match="leads away"):
        carrier(full.bee).take_in(disk)


def test_what_is_damaged_here_or_on_the_disk_is_not_taken(full, disk):
    spoil(full.aye, "folder/1 ü:?.dat")
    (full.aye.root / "lab" / "folder/2 ü:?.dat").unlink()
    assert export(full, disk) == len(FILES) - 2
    assert len(full.aye.rows("SELECT 1 FROM hosting_suspect")) == 2
    key = Disk(disk).shipments()[-1]
    victim = next((disk / "waystation" / key / "files" / "000").iterdir())
    victim.write_bytes(b"x" * victim.stat().st_size)
    carrier(full.bee).take_in(disk)
    assert len(full.bee.tree()) == len(FILES) - 3
    carrier(full.aye).receipts(disk)
    words = full.aye.rows("SELECT words FROM transfers_doubt WHERE words LIKE '%on the disk is%'")
    assert len(words) == 1


def test_what_somebody_changed_is_not_believed(full, disk):
    export(full, disk)
    carrier(full.bee).take_in(disk)
    one, two = (disk / "waystation" / key for key in Disk(disk).shipments()[:2])
    for name in ("receipt.json", "receipt.signature.json"):
        (two / name).write_bytes((one / name).read_bytes())
    with pytest.raises(MalformedError, match="another one"):
        carrier(full.aye).receipts(disk)
    said = json.loads((one / "receipt.signature.json").read_bytes())
    (one / "receipt.signature.json").write_text(json.dumps({**said, "signature": "0" * 64}))
    with pytest.raises(MalformedError, match="changed since"):
        carrier(full.aye).receipts(disk)
    place = one / "manifest.jsonl"
    place.write_bytes(place.read_bytes().replace(b"folder/", b"elsewhere/"))
    with pytest.raises(MalformedError, match="changed since"):
        carrier(full.bee).take_in(disk)
    assert set(full.bee.tree()) == set(FILES)
