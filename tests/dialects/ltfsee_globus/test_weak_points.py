"""A test for each weak point of the old service, by its number in the contract (section 2)."""

import ast
import os
import pwd
import stat
from pathlib import Path

import pytest

import waystation
from crash.world import ROOT
from dialects.ltfsee_globus.wire import FILE_STATE, SHARED, Wire
from waystation.domains.accounts.door import Scope
from waystation.domains.staging.entities import Residency
from waystation.interfaces.dialects.ltfsee_globus import peers
from waystation.interfaces.dialects.ltfsee_globus.keys import Shared
from waystation_testing.memory_tape import ABILITIES

JSON = {"content-type": "application/json"}


@pytest.fixture
def known(wire):
    """The application, which has seen its caller before: nobody is looked up within a burst."""
    assert wire.recall("nothing") == 404
    return wire


def _names(count):
    return [f"f{n:03d}.dat" for n in range(count)]


def test_l1_files_of_a_burst_are_one_request_and_one_list_a_tape(known):
    known.world.put("T1", *_names(40))
    known.world.put("T2", *[f"g{n:03d}.dat" for n in range(24)])
    burst = _names(40) + [f"g{n:03d}.dat" for n in range(24)]
    assert known.recalls(burst, task="one") == ["archived"] * 64
    assert known.requests() == [("ana", "Globus one", 64)]
    known.world.turn()
    assert sorted(len(call.paths) for call in known.world.tape.calls) == [24, 40]


def test_l1_tasks_and_accounts_have_requests_of_their_own(wire):
    wire.world.put("T1", *_names(4))
    ben = wire.token_of(wire.world.ben)
    wire.recall("f000.dat", task="one")
    wire.recall("f001.dat", task="two")
    wire.recall("f002.dat", task="two", key=ben)
    assert wire.requests() == [
        ("ana", "Globus one", 1),
        ("ana", "Globus two", 1),
        ("ben", "Globus two", 1),
    ]


def test_l2_polls_never_start_a_second_recall(known):
    known.world.tape.instant = False
    known.world.put("T1", *_names(100))
    for _ in range(3):
        assert known.recalls(_names(100)) == ["archived"] * 100
        known.world.turn(3)
    assert [files for _, _, files in known.requests()] == [100]
    assert len(known.world.tape.calls) == 1
    known.world.tape.bring()
    known.world.turn()
    assert known.recalls(_names(100)) == ["resident"] * 100
    assert len(known.world.tape.calls) == 1


def test_l2_not_even_before_the_request_was_looked_at(wire):
    wire.world.put("T1", "f.dat")
    assert [wire.recall("f.dat") for _ in range(3)] == ["archived"] * 3
    assert len(wire.requests()) == 1


def test_l2_nor_when_somebody_else_wants_it(wire):
    wire.world.tape.instant = False
    wire.world.put("T1", "f.dat")
    wire.world.ask("f.dat", who=wire.world.ben)
    wire.world.turn(3)
    assert wire.recall("f.dat") == "archived"
    assert len(wire.requests()) == 1


def test_l2_a_process_that_was_started_again_knows_what_was_asked(wire):
    wire.world.put("T1", "f.dat")
    wire.recall("f.dat")
    again = Wire(wire.world)
    try:
        assert again.recall("f.dat") == "archived"
        assert len(again.requests()) == 1
    finally:
        again.close()


def test_l3_what_came_is_told_at_once_and_what_left_is_asked_for_again(wire):
    wire.world.put("T1", "f.dat")
    wire.recall("f.dat")
    wire.world.turn()
    assert wire.recall("f.dat") == "resident"
    wire.world.tape.set(f"{ROOT}/f.dat", Residency.NEARLINE)
    assert wire.recall("f.dat") == "archived"
    assert wire.recall("f.dat") == "archived"
    assert len(wire.requests()) == 2
    wire.world.turn()
    assert wire.recall("f.dat") == "resident"


def test_l3_a_tape_system_that_does_not_answer_hides_nothing_that_we_hold(wire):
    wire.world.put("T1", "f.dat", "g.dat")
    wire.recall("f.dat")
    wire.world.turn()
    wire.world.tape.down = "no answer"
    assert wire.recall("f.dat") == "resident"
    assert wire.recall("g.dat") == "archived"
    wire.world.tape.down = ""
    wire.world.turn()
    assert wire.recall("g.dat") == "resident"


def test_l4_a_recall_that_failed_is_told_once_and_then_tried_again(wire):
    wire.world.put("T1", "f.dat")
    wire.world.tape.bad[f"{ROOT}/f.dat"] = "read error on T1"
    wire.recall("f.dat")
    for _ in range(3):
        wire.world.turn()
        wire.world.clock.forward(hours=2)
    body = f'{{"path": "{ROOT}/f.dat", "globus_taskid": "task"}}'.encode()
    headers = {**JSON, "x-api-key": wire.token}
    answer = wire.call("POST", "/api/v0.5/globus_recall/globus_recall", body, headers=headers)
    assert answer.status == 500
    assert "read error on T1" in answer.json()["message"]
    wire.world.tape.bad.clear()
    assert wire.recall("f.dat") == "archived"
    wire.world.turn()
    assert wire.recall("f.dat") == "resident"


def test_l5_the_library_that_is_asked_for_is_the_one_that_is_read(wire):
    """The choice was computed, logged, and never passed on; here it goes down to the back end.

    That the copy in that library is then chosen: unit/spectrum_archive/test_pieces.
    """
    wire.world.put("T1", "f.dat", "g.dat")
    tape, asked = wire.world.tape, {}

    def locate_in(paths, libraries):
        asked.update(zip(paths, libraries, strict=True))
        return tape.locate(paths)

    tape.locate_in = locate_in
    assert wire.recall("f.dat", library="lib2") == "archived"
    assert wire.requests()[0] == ("ana", "Globus task (lib2)", 1)
    assert wire.recall("g.dat", library="lib3") == 400
    wire.world.turn()
    assert asked == {f"{ROOT}/f.dat": "lib2"}


@pytest.mark.parametrize(
    ("residency", "letter", "answer"),
    [
        (Residency.ONLINE, "R", "resident"),
        (Residency.BOTH, "P", "resident"),
        (Residency.NEARLINE, "M", "archived"),
        (Residency.LOST, "O", 500),
        (Residency.MISSING, 404, 404),
        (Residency.UNKNOWN, 500, "archived"),
    ],
)
def test_l6_every_state_is_answered(wire, residency, letter, answer):
    wire.put("f.dat", residency)
    body = f'{{"path": "{ROOT}/f.dat"}}'.encode()
    headers = {**JSON, "x-api-key": wire.token}
    told = wire.call("POST", FILE_STATE, body, headers=headers)
    assert (told.json()[0]["state"] if told.status == 201 else told.status) == letter
    assert wire.recall("f.dat") == answer


@pytest.mark.parametrize("name", ["../f.dat", "a/../f.dat", "./f.dat", "a\nb", "a\0b", "d/", ""])
def test_l6_no_path_leaves_the_store(wire, name):
    assert wire.recall(name) == 404
    assert wire.requests() == []


def test_l7_everybody_has_a_key_of_their_own(wire):
    wire.world.put("T1", *_names(4))
    assert wire.recall("f000.dat", key=SHARED) == "archived"
    assert wire.recall("f001.dat", key=wire.token_of(wire.world.ben)) == "archived"
    assert wire.recall("f002.dat", key="way_1_wrong") == 401
    assert wire.recall("f002.dat", key=wire.token_of(wire.world.ben, Scope.READ)) == 403
    assert [who for who, _, _ in wire.requests()] == ["ana", "ben"]


def test_l7_the_shared_key_is_no_administrator_whatever_its_account(world):
    made = Wire(world, shared=Shared(SHARED, "root"))
    try:
        world.put("T1", "f.dat")
        stores = made.world.catalogue.every_store()
        made.world.catalogue.sync_stores(
            [type(s)(s.id, s.name, s.root, s.backend, (), 50_000, 0) for s in stores]
        )
        assert made.recall("f.dat", key=SHARED) == 403
        assert made.recall("f.dat", key=made.token_of(world.admin)) == "archived"
    finally:
        made.close()


def test_l7_a_user_of_this_host_asks_only_for_what_they_may_read(world, tmp_path):
    """Two real users and real permission bits; the kernel's word is given by the test."""
    made = Wire(world, shared=Shared("", "ana"))
    tmp_path.chmod(0o755)
    mine, closed = tmp_path / "mine", tmp_path / "closed"
    mine.write_bytes(b"1")
    closed.write_bytes(b"2")
    closed.chmod(stat.S_IRUSR)
    nobody = pwd.getpwnam("nobody").pw_uid
    where = world.catalogue.every_store()[0]
    try:
        world.catalogue.sync_stores(
            [type(where)(0, where.name, "/", where.backend, ("*",), 50_000, 0)]
        )
        for path in (mine, closed):
            world.tape.put(str(path))
        told = [_recall_at(made, path, nobody) for path in (mine, closed, tmp_path / "none")]
        assert told[1:] == [403, 404]
        assert told[0] == (201 if _passable(tmp_path, nobody) else 403)
        assert _recall_at(made, closed, os.getuid()) == 201
    finally:
        world.catalogue.sync_stores([where])
        made.close()


def _recall_at(wire, path, uid):
    body = f'{{"path": "{path}", "globus_taskid": "task"}}'.encode()
    target = "/api/v0.5/globus_recall/globus_recall"
    return wire.call("POST", target, body, headers=JSON, uid=uid).status


def _passable(folder, uid):
    return all(each.stat().st_mode & stat.S_IXOTH for each in [folder, *folder.parents])


def test_l7_the_class_that_fits_decides(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(b"1")
    file.chmod(0o047)
    status = file.stat()
    assert not peers._lets(peers.LocalUser("o", status.st_uid, frozenset()), status, 4)
    assert peers._lets(peers.LocalUser("g", 54321, frozenset({status.st_gid})), status, 4)
    assert peers._lets(peers.LocalUser("x", 54321, frozenset()), status, 4)
    assert not peers._lets(peers.LocalUser("g", 54321, frozenset({status.st_gid})), status, 1)


def test_l9_polls_do_not_wait_for_a_tape_system_that_hangs(wire):
    """64 polls of files on their way and none of them asks the tape system anything."""
    wire.world.tape.instant = False
    wire.world.put("T1", *_names(64))
    wire.recalls(_names(64))
    wire.world.turn(3)
    wire.world.tape.down = "hangs"
    assert wire.recalls(_names(64)) == ["archived"] * 64


def test_l11_files_are_held_until_globus_has_fetched_them(wire):
    wire.world.put("T1", "f.dat")
    wire.recall("f.dat")
    wire.world.turn()
    assert wire.world.rows("SELECT pin_lifetime_s FROM staging_request") == [(172_800,)]
    assert ABILITIES.releases
    assert wire.world.tape.released == []
    wire.world.clock.forward(days=3)
    wire.world.turn()
    assert wire.world.tape.released == [f"{ROOT}/f.dat"]


def test_l8_nothing_that_is_read_back_could_be_code():
    """A pickle cache in a predictable place of /tmp: who made it first could run code here."""
    loaders = {"pickle", "marshal", "shelve", "dill", "joblib"}
    for file in Path(waystation.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not loaders & {name.partition(".")[0] for name in names}, file
