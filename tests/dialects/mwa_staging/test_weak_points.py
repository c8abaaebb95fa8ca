"""The old daemon's weak points by their number in the contract (tape-shims, 2), those of the wire.

M1 is in `test_node` (a kill of the whole service), M9's password and M15 are in `test_callbacks`.
M11 and M12 are in `controllers/test_runner`, M13 is in `bad_days/test_kafka`, M18 in `deploy`.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from controllers.receivers import receiver
from crash.world import ROOT
from dialects.mwa_staging.wire import Wire, told
from running import until
from waystation.domains.staging.entities import Residency
from waystation.interfaces.dialects.mwa_staging import controller, resolver
from waystation.interfaces.dialects.mwa_staging.store import Waiting
from waystation.kernel.errors import UnavailableError

A, B, C = "mwa/b/f/1.fits", "mwa/b/f/2.fits", "mwa/b/f/3.fits"


def test_m1_a_look_up_that_was_cut_short_is_done_again(wire):
    """202 before anything is stored: a worker that dies after the 202 loses nothing."""
    wire.put(A)
    wire.observations.known[5] = [A]
    with receiver() as asvo:
        wire.new(17, url=asvo.url(), obs={"obs_id": 5})
        # Claimed, and the request made, by a worker that died before it could say so.
        job = wire.desk.house.database.run(
            lambda conn: controller.store.claim(
                conn, now=wire.world.clock.now(), lease=timedelta(minutes=5)
            )
        )
        wire.world.ask(
            A,
            external_id="mwa:17",
            label="MWA job 17, observation 5",
            callback=job.notify_url,
            dialect="mwa_staging",
        )
        assert controller.look_up(wire.desk) == 0
        wire.world.clock.forward(minutes=6)
        wire.turn()
    assert [each["return_code"] for each in told(asvo)] == [0]
    assert wire.world.rows("SELECT count(*) FROM mwa_staging_lookup") == [(0,)]


def test_m2_of_two_posts_at_once_one_is_taken(wire):
    """Id check and insert race: two POSTs -> both 202."""
    wire.put(A)
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda _: wire.new(17, A).status, range(8)))
    assert sorted(answers) == [202, *[403] * 7]
    assert wire.world.rows("SELECT count(*) FROM staging_request") == [(1,)]


def test_m2_what_was_answered_can_be_deleted_at_once(wire):
    """Immediate DELETE -> 404, job appears afterwards."""
    wire.put(A)
    wire.observations.known[5] = [A]
    for more in ({"files": [A]}, {"obs": {"obs_id": 5}}):
        wire.call("POST", "/staging", {"job_id": 17, "notify_url": "", **more})
        assert wire.call("DELETE", "/staging?job_id=17").status == 200
        wire.turn()
        assert wire.call("GET", "/staging?job_id=17").status == 404


def test_m3_a_doubled_name_is_one_file(wire):
    """A duplicate name in `files` kills the job."""
    wire.put(A)
    wire.new(17, A, A, url="")
    wire.turn()
    assert wire.status(17, files=True)["total_files"] == 1


def test_m3_tapes_that_are_away_hold_up_no_call(wire):
    wire.put(A)
    wire.world.tape.down = "The robot is being repaired."
    assert wire.new(17, A, url="").status == 202
    wire.turn()
    assert wire.status(17)["completed"] is False
    wire.world.tape.down = ""
    wire.turn()
    assert wire.status(17)["completed"] is True


def test_m4_a_question_to_the_tapes_holds_up_nobody(wire):
    """Event loop blocked: /ping 7.5 s during a 2000-file /filestatus."""
    wire.put(A)
    gate, locate = threading.Event(), wire.world.tape.locate
    wire.world.tape.locate = lambda paths: locate(paths) if gate.wait(20) else []
    with ThreadPoolExecutor(6) as many:
        asked = [many.submit(wire.call, "POST", "/filestatus", {"files": [A]}) for _ in range(6)]
        assert wire.call("GET", "/ping").status == 200
        assert wire.new(17, A, url="").status == 202
        assert wire.status(17)["total_files"] == 1
        assert not any(each.done() for each in asked)
        gate.set()
        assert [each.result().json() for each in asked] == [{A: False}] * 6


def test_m4_the_tapes_are_asked_once_while_the_answer_is_fresh(wire):
    """One Scout GET per file, serial: now one question for all, and none twice a minute."""
    wire.put(A, B)
    asked, locate = [], wire.world.tape.locate
    wire.world.tape.locate = lambda paths: asked.append(list(paths)) or locate(paths)
    for _ in range(3):
        assert wire.call("POST", "/filestatus", {"files": [A, B]}).json() == {A: False, B: False}
    assert asked == [[f"{ROOT}/{A}", f"{ROOT}/{B}"]]
    stale = Wire(wire.world, fresh=timedelta(0))
    for _ in range(2):
        stale.call("POST", "/filestatus", {"files": [A]})
    stale.close()
    assert len(asked) == 3


def test_m4_what_a_job_has_just_brought_needs_no_question(wire):
    wire.put(A)
    wire.new(17, A, url="")
    wire.turn()
    wire.world.clock.forward(seconds=-30)
    wire.world.tape.down = "away"
    assert wire.call("POST", "/filestatus", {"files": [A]}).json() == {A: True}


def test_m5_file_status_says_500_when_the_tapes_do_not_answer(wire):
    """404 after token expiry: a tape system that is away is not a file that is not there."""
    wire.put(A)
    wire.world.tape.down = "away"
    answer = wire.call("POST", "/filestatus", {"files": [A]})
    assert answer.status == 500
    assert "Traceback" not in answer.json()["errormsg"]


def test_m6_a_job_can_be_deleted_while_the_tapes_are_away(wire):
    wire.put(A)
    wire.new(17, A)
    wire.turn(1)
    wire.world.tape.down = "away"
    assert wire.call("DELETE", "/staging?job_id=17").status == 200
    wire.world.tape.down = ""


def test_m6_only_files_that_no_other_job_wants_are_cancelled(wire):
    wire.put(A, B)
    wire.world.tape.instant = False
    wire.new(17, A, B, url="")
    wire.new(18, B, url="")
    wire.turn(1)
    wire.call("DELETE", "/staging?job_id=17")
    wire.turn(1)
    assert wire.world.tape.cancelled == [f"{ROOT}/{A}"]
    wire.world.tape.bring()
    wire.turn()
    assert wire.status(18)["ready_files"] == 1


def test_m7_statistics_when_the_tapes_are_away(wire):
    wire.world.tape.down = "away"
    wire.world.step("watch")
    found = wire.call("GET", "/get_stats")
    assert found.status == 200
    assert (found.json()["health"], found.json()["kafka_alive"]) == (3, False)
    assert found.json()["healthstatus"]


def test_m9_callers_from_elsewhere_are_refused(wire):
    for client in ("10.1.2.3", "::1", "", "not an address"):
        wire.client = client
        for path in ("/ping", "/get_joblist", "/docs"):
            assert wire.call("GET", path).status == 403
    wire.client = "::ffff:127.0.0.1"
    assert wire.call("GET", "/ping").status == 200


def test_m9_what_goes_wrong_inside_is_told_without_a_trace(wire):
    wire.world.rows("SELECT 1")
    gone = Wire(wire.world, store="no-such-store")
    answer = gone.call("GET", "/get_joblist")
    gone.close()
    assert answer.status == 404
    assert "Traceback" not in answer.json()["errormsg"]


def test_m9_names_cannot_leave_the_store(wire):
    wire.new(17, "../../etc/passwd", "a/../../b", "/etc/passwd", "x\ny", url="")
    paths = wire.world.rows("SELECT path FROM staging_item")
    assert paths == [(f"{ROOT}/etc/passwd",)]


def test_m14_files_are_held_and_seen_again_before_it_is_said(wire):
    """No pin, no re-check on disk before the success callback."""
    wire.put(A, B)
    wire.world.tape.instant = False
    with receiver() as asvo:
        wire.new(17, A, B, url=asvo.url())
        wire.world.turn()
        wire.world.tape.bring(1)
        wire.world.turn()
        wire.world.clock.forward(minutes=5)
        first = next(p for p in (A, B) if wire.status(17, files=True)["files"][p][0])
        wire.world.tape.set(f"{ROOT}/{first}", Residency.NEARLINE)
        wire.world.tape.instant = True
        wire.world.tape.bring()
        wire.turn(4)
        assert wire.world.tape.files[f"{ROOT}/{first}"].residency is Residency.BOTH
    assert [each["ready_files"] for each in told(asvo)] == [2]
    (pin,) = wire.world.rows("SELECT pin_lifetime_s FROM staging_request")
    assert pin == (604_800,)


def test_m14_a_late_error_does_not_take_a_file_back(wire):
    """Late error un-readies: a file that came stays ready."""
    wire.put(A)
    wire.new(17, A, url="")
    wire.turn()
    wire.world.tape.bad[f"{ROOT}/{A}"] = "late"
    wire.turn()
    assert wire.status(17)["ready_files"] == 1


def test_m16_a_timed_out_job_cancels_its_recalls(world):
    wire = Wire(world, lifetime=timedelta(hours=1))
    wire.put(A)
    wire.world.tape.instant = False
    wire.new(17, A, url="")
    wire.turn(1)
    wire.world.clock.forward(hours=1)
    wire.turn(1)
    wire.close()
    assert wire.world.tape.cancelled == [f"{ROOT}/{A}"]


def test_m16_a_client_that_cannot_be_reached_loses_nothing_silently(wire):
    """Completed-but-unreachable client: job silently deleted."""
    wire.put(A)
    wire.new(17, A)
    wire.turn()
    wire.world.clock.forward(hours=2)
    wire.turn()
    assert wire.status(17)["completed"] is True
    wire.world.clock.forward(days=31)
    wire.turn()
    assert wire.call("GET", "/staging?job_id=17").status == 404


def test_m17_reports_need_no_directory_and_end(wire):
    wire.new(17, "mwa/none", url="")
    wire.turn()
    assert list(wire.call("GET", "/get_failed_joblist").json()["jobs"]) == ["17"]
    wire.world.clock.forward(days=40)
    # The newest hundred are never cleaned away.
    assert list(wire.call("GET", "/get_failed_joblist").json()["jobs"]) == ["17"]


def test_m19_large_job_ids_are_taken(wire):
    """job_id is client-chosen int32."""
    wire.put(A, B)
    for job_id in (2**31, -5):
        assert wire.new(job_id, A, url="").status == 202
        assert wire.status(job_id)["job_id"] == job_id
    assert wire.new(2**63, B).status == 400


@pytest.mark.parametrize("status", [200, 404, 500, 0])
def test_m19_the_web_service_of_the_settings_is_asked(status):
    """DATA_FILES_URL ignored: now it is not, and no answer has an end."""
    asked = []

    class Metadata(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = json.dumps(
                {"1.fits": {"bucket": "b", "folder": "/f"}, "2": {"bucket": None, "folder": None}}
            ).encode()
            if status:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Metadata)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    look = resolver.named("mwa", f"http://127.0.0.1:{server.server_port}/data_files", 2.0)
    try:
        job = Waiting(1, 1, "", 1_234, 100, 20)
        if status == 200:
            assert look(job) == ["mwa/b/f/1.fits", "mwa/2"]
        elif status == 404:
            assert look(job) == []
        else:
            with pytest.raises(UnavailableError):
                look(job)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    query = "location=3&terse=True&all_files=False&obs_id=1234&mintime=100&maxtime=120"
    assert asked == [f"/data_files?{query}"]


def test_m8_lists_read_counters_and_never_a_row_a_file(wire):
    """Four sub-selects a job, all files in memory: now the job list reads no file but a sample."""
    names = wire.put(*(f"mwa/b/f/{n}" for n in range(400)))
    for job_id in range(20):
        wire.new(job_id, *names, url="")
    wire.turn()
    before = _read(wire, "staging_item")
    jobs = wire.call("GET", "/get_joblist").json()["jobs"]
    assert [jobs[str(n)][2:4] for n in range(20)] == [[400, 400]] * 20
    assert wire.status(3)["ready_files"] == 400
    assert wire.call("GET", "/get_stats").json()["completed_jobs"] == 20
    assert until(lambda: _read(wire, "staging_item") - before <= 20, 5)
    assert len(wire.status(3, files=True)["files"]) == 400


def _read(wire, table: str) -> int:
    """Rows of a table that all statements so far have read, by PostgreSQL's own count."""
    wire.world.rows("SELECT pg_stat_clear_snapshot()")
    [[rows]] = wire.world.rows(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
        f" WHERE relname = '{table}'"
    )
    return rows


def test_m10_nothing_is_held_while_a_receiver_hangs(wire):
    """A transaction spanned the callbacks: DELETE hung, and a POST of the same id gave 403."""
    wire.put(A)
    with receiver(-1) as asvo, ThreadPoolExecutor(1) as worker:
        wire.new(17, A, url=asvo.url())
        wire.world.turn()
        wire.world.clock.forward(seconds=3)
        telling = worker.submit(wire.tell)
        assert until(lambda: len(asvo.heard) > 0, 10)
        free = (
            "SELECT count(*) FROM (SELECT FROM staging_request FOR UPDATE NOWAIT) AS all_of_them"
        )
        assert wire.world.rows(free) == [(1,)]
        assert wire.call("DELETE", "/staging?job_id=17").status == 200
        assert wire.new(17, A, url="").status == 202
        telling.result(30)


def test_m20_a_job_is_a_request_like_any_other(wire):
    """No user, priority, bytes or tape order: the same job has them all in our own API."""
    wire.put(A, B)
    wire.new(17, A, B, url="")
    who = wire.world.rows("SELECT id FROM accounts_user WHERE username = 'ana'")[0][0]
    found = wire.world.rows("SELECT owner_id, priority, files, external_id FROM staging_request")
    assert found == [(who, 4, 2, "mwa:17")]
    wire.turn()
    assert wire.world.rows("SELECT sized, bytes > 0 FROM staging_request") == [(2, True)]
    assert [tape for (tape,) in wire.world.rows("SELECT tape FROM staging_item")] == ["T1", "T1"]
