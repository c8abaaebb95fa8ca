"""What users of other servers of this API complained about, by the number of their issue."""

import pytest

from dialects.wlcg_tape.wire import PREFIX, Wire, prefixed
from waystation.interfaces.dialects.wlcg_tape.routes import BASE as AT


def test_dcache_7997_too_many_files_is_413_with_the_limit_in_words(world):
    """A 403 was read as a matter of permission; 413 and a number cannot be."""
    wire = Wire(world, max_files=1_000)
    body = {"files": [{"path": f"{PREFIX}/f{n}"} for n in range(1_001)]}
    answer = wire.call("POST", f"{AT}/stage", body)
    assert answer.status == 413
    problem = answer.json()
    assert problem["title"] == "A stage request can have 1,000 files, this one has 1,001."
    assert "1,000" in problem["detail"]
    assert problem["limit_files"] == 1_000
    assert world.rows("SELECT count(*) FROM staging_request") == [(0,)]
    body["files"].pop()
    assert wire.call("POST", f"{AT}/stage", body).status == 201
    wire.close()


def test_dcache_7997_a_body_too_large_to_read_is_413_too(world):
    wire = Wire(world, max_files=1_000)
    answer = wire.call("POST", f"{AT}/stage", headers={"content-length": "9000000"})
    assert answer.status == 413
    wire.close()


def test_dcache_7744_a_tape_error_ends_the_file_and_the_request(wire):
    """Requests stood at STARTED for ever."""
    wire.world.put("T1", "bad", "good")
    wire.world.tape.bad["/arc/bad"] = "unrecoverable read error"
    number = wire.stage(f"{PREFIX}/bad", f"{PREFIX}/good")
    for _ in range(20):
        wire.world.turn()
        wire.world.clock.forward(hours=1)
    told = wire.poll(number)
    files = {each["path"]: each for each in told["files"]}
    assert files[f"{PREFIX}/bad"]["state"] == "FAILED"
    assert "unrecoverable read error" in files[f"{PREFIX}/bad"]["error"]
    assert files[f"{PREFIX}/good"]["state"] == "COMPLETED"
    assert told["completedAt"] >= files[f"{PREFIX}/bad"]["finishedAt"]


@pytest.mark.parametrize("spelling", ["arc/dir/f", "//arc//dir/f", "/arc/dir/%66", "/arc/dir/f"])
def test_dcache_7516_and_7635_release_unpins_however_the_path_is_spelled(wire, spelling):
    wire.world.put("T1", "dir/f")
    number = wire.stage("/arc/dir/f")
    wire.world.turn()
    assert wire.post(f"release/{number}", spelling).status == 200
    assert wire.world.tape.released == ["/arc/dir/f"]


def test_dcache_7635_relative_paths_are_found(wire):
    wire.world.put("T1", "dir/f")
    number = wire.stage("arc/dir/f")
    wire.world.turn()
    assert wire.files(number)["arc/dir/f"]["state"] == "COMPLETED"
    assert wire.localities("arc/dir/f") == ["DISK_AND_TAPE"]


def test_dcache_7585_long_paths_are_not_lost(wire):
    long = f"{PREFIX}/" + "/".join("d" * 200 for _ in range(9))
    beyond = f"{PREFIX}/" + "x" * 2_500
    wire.world.put("T1", long.removeprefix(f"{PREFIX}/"))
    number = wire.stage(long, beyond)
    wire.world.turn()
    files = wire.files(number)
    assert files[long]["state"] == "COMPLETED"
    assert files[beyond]["error"] == "The path is longer than 2000 bytes."


def test_dcache_7687_a_lifetime_holds_for_prefixed_paths(world):
    wire = Wire(world, prefixes=(prefixed("/pnfs/site", "/arc"),))
    wire.stage("/pnfs/site//a", diskLifetime="PT2H")
    assert wire.pins()[0][0] == 7_200
    wire.close()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P7D", 604_800),
        ("PT12H", 43_200),
        ("P2W", 1_209_600),
        ("P1M", 2_629_746),
        ("P1Y", 31_556_952),
        ("P1DT12H30M5S", 131_405),
        ("PT0.5H", 1_800),
        ("PT0,5H", 1_800),
        ("PT1M", 60),
        ("p1d", 86_400),
        ("PT0S", 1),
        ("P99Y", 34_560_000),
    ],
)
def test_dcache_7414_every_iso_8601_duration_is_taken(wire, text, seconds):
    """Java's Duration knows no months. What is out of bounds is held to them."""
    wire.stage(f"{PREFIX}/a", diskLifetime=text)
    assert wire.pins()[0][0] == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "7 days", "P1", "1D", "P1D2W", "P-1D", "PT1D"])
def test_dcache_7414_what_is_none_is_400_in_words(wire, text):
    body = {"files": [{"path": f"{PREFIX}/a", "diskLifetime": text}]}
    answer = wire.call("POST", f"{AT}/stage", body)
    assert answer.status == 400
    assert "ISO 8601" in answer.json()["title"]


def test_dcache_7508_staging_again_is_no_error(wire):
    wire.world.put("T1", "a")
    numbers = []
    for _ in range(3):
        numbers.append(wire.stage(f"{PREFIX}/a"))
        wire.world.turn()
        wire.post(f"release/{numbers[-1]}", f"{PREFIX}/a")
    numbers.append(wire.stage(f"{PREFIX}/a"))
    wire.call("DELETE", f"{AT}/stage/{numbers[-1]}")
    numbers.append(wire.stage(f"{PREFIX}/a"))
    wire.world.turn()
    assert wire.states(numbers[-1]) == ["COMPLETED"]
    assert len(set(numbers)) == 5


def test_dcache_7946_pins_and_their_end_can_be_seen(wire):
    """In our own pages and API: the request is one of ours, under the same account."""
    wire.world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a", diskLifetime="P1D")
    wire.world.turn()
    mine = wire.world.staging.requests(wire.world.ana)[0]
    assert mine.external_id == f"wlcg:{number}:0"
    item = wire.world.staging.files(wire.world.ana, mine.id)[0]
    assert (item.pinned_until - item.finished).total_seconds() == 86_400


def test_dcache_6894_every_path_is_in_every_answer_also_a_refused_one(wire):
    sent = [f"{PREFIX}/a", f"{PREFIX}/missing", "/nowhere/at/all"]
    wire.world.put("T1", "a")
    number = wire.stage(*sent)
    for _ in range(4):
        assert list(wire.files(number)) == sent
        wire.world.turn(2)
    wire.post(f"stage/{number}/cancel", sent[0])
    assert list(wire.files(number)) == sent


def test_dcache_7116_many_requests_are_queued_and_never_refused(wire):
    """WLCG DOMA: 5,000 requests a VO, 200 files each; here less of both, `benchmarks` has all."""
    numbers = [wire.stage(*[f"{PREFIX}/r{r}/f{n}" for n in range(20)]) for r in range(60)]
    for number in numbers:
        assert wire.states(number) == ["SUBMITTED"] * 20
    assert wire.world.rows("SELECT count(*) FROM staging_item") == [(1_200,)]


def test_rucio_7451_activity_reaches_the_people_who_look(wire):
    metadata = {"default": {"activity": "Data Consolidation"}}
    wire.stage(f"{PREFIX}/a", targetedMetadata=metadata)
    assert wire.pins()[0][1] == "Data Consolidation"


def test_rucio_3164_a_bulk_recall_may_take_weeks(wire):
    """Twelve hours for bringing online were too short; the client gives up sooner if it must."""
    wire.stage(f"{PREFIX}/a")
    expires = wire.world.rows("SELECT expires - created FROM staging_request")[0][0]
    assert expires.days >= 14  # type: ignore[attr-defined]


def test_a_limit_of_the_owner_fails_files_and_refuses_no_request(wire):
    """429 is the end of every file to FTS, and it would not say why."""
    wire.world.rows("UPDATE catalogue_store SET files_per_owner = 2 RETURNING id")
    number = wire.stage(*[f"{PREFIX}/f{n}" for n in range(3)])
    files = wire.files(number)
    assert {each["state"] for each in files.values()} == {"FAILED"}
    assert "the limit is 2" in str(files[f"{PREFIX}/f0"]["error"])
