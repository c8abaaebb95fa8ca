"""Where files are: what FTS deletes sources by."""

from dialects.wlcg_tape.wire import PREFIX, Wire
from waystation.interfaces.dialects.wlcg_tape.routes import BASE as AT


def test_localities(wire):
    wire.world.put("T1", "tape", "both", "empty", size=1_000)
    wire.on_disk("disk")
    wire.on_disk("nothing", size=0)
    wire.lost("lost")
    wire.stage(f"{PREFIX}/both")
    wire.world.turn()
    names = ("tape", "both", "disk", "nothing", "lost", "no such")
    assert wire.localities(*[f"{PREFIX}/{n}" for n in names], "/elsewhere") == [
        "TAPE",
        "DISK_AND_TAPE",
        "DISK",
        "DISK",  # 0 bytes: FTS would not clean up NONE
        "LOST",
        "No such file or directory.",
        "The path is in no store that you may use.",
    ]


def test_on_disk_and_pinned_is_not_on_tape(wire):
    """FTS deletes the source once it hears of tape: what we hold says nothing of that."""
    wire.on_disk("fresh")
    wire.stage(f"{PREFIX}/fresh")
    wire.world.turn()
    assert wire.localities(f"{PREFIX}/fresh") == ["DISK"]


def test_a_tape_system_that_does_not_answer_is_unavailable_and_no_error(wire):
    wire.world.put("T1", "a")
    wire.world.tape.down = "gone fishing"
    assert wire.post("archiveinfo", f"{PREFIX}/a").status == 200
    assert wire.localities(f"{PREFIX}/a") == ["UNAVAILABLE"]


def test_too_many_paths_of_archiveinfo_are_no_error(world):
    wire = Wire(world, max_files=2)
    world.put("T1", "a", "b", "c")
    told = wire.localities(*[f"{PREFIX}/{n}" for n in "abc"])
    assert told == ["TAPE", "TAPE", "Not looked at: a call can ask for 2 files."]
    wire.close()


def test_eos_form_of_paths(wire):
    wire.world.put("T1", "a")
    answer = wire.call("POST", f"{AT}/archiveinfo", {"files": [{"path": f"{PREFIX}/a"}]})
    assert answer.json() == [{"path": f"{PREFIX}/a", "locality": "TAPE"}]
    assert wire.call("POST", f"{AT}/archiveinfo", {}).status == 400
