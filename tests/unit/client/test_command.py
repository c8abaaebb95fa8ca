"""The `way` command as a user meets it: words, JSON, exit codes."""

import io
import json
import subprocess
import sys

import pytest

from unit.client.api_server import TOKEN, request_document
from unit.client.test_sdk import event, message
from waystation_client import session
from waystation_client.__main__ import main
from waystation_client.entities import Event, Request
from waystation_client.screens import live_request, request_words
from waystation_client.transport import decoded


@pytest.fixture
def way(world, monkeypatch, capsys, tmp_path):
    """Run `way` in this process; return its exit code, output and messages."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("WAYSTATION_URL", world.url)
    monkeypatch.setenv("WAYSTATION_TOKEN", TOKEN)

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["way", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


def test_stage_says_the_number_and_the_next_step(way, world):
    code, out, _ = way("stage", "/a", "/b", "--pin", "2d", "--label", "x", "--deadline", "+36h")
    assert code == 0
    assert out == "Request 7: 2 files.\nFollow it with: way status 7 --follow\n"
    assert world.bodies[0]["pin_lifetime_s"] == 172_800
    assert world.bodies[0]["deadline"].endswith("Z")


def test_paths_come_from_standard_input(way, world):
    code, out, _ = way("stage", "--from-file", "-", "--json", stdin=b"/a\n/b\n\n/c\n")
    assert (code, json.loads(out)["files"]) == (0, 3)
    assert world.bodies[0]["paths"] == ["/a", "/b", "/c"]


def test_a_large_recall_without_a_terminal_ends_with_7(way, world):
    world.confirm_above = 1
    code, out, err = way("stage", "/a", "/b")
    assert (code, out) == (7, "")
    assert "--yes" in err
    assert way("stage", "/a", "/b", "--yes")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [("stage",), ("stage", "/a", "--dataset", "d"), ("stage", "/a", "--pin", "soon"),
     ("stage", "--from-file", "/nowhere/list"), ("status", "x"),
     ("stage", "/a", "--priority", "11"),
     ("status", "--files"), ("nonsense",)],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_asks_nothing(way, world, arguments):
    code, out, err = way(*arguments)
    assert (code, out) == (2, "")
    assert "Error" in err
    assert world.asked == []


def test_refusals_have_their_own_codes_and_no_traceback(way, monkeypatch, world):
    assert way("status", "8")[0] == 4
    monkeypatch.setenv("WAYSTATION_TOKEN", "wrong")
    code, _, err = way("whoami")
    assert code == 3
    assert err == "way: The answer is unauthenticated.\n     Do this next.\n"
    monkeypatch.delenv("WAYSTATION_TOKEN")
    assert way("whoami")[0] == 3


def test_waiting_prints_one_line_an_event_and_ends_as_the_request_did(way, world):
    numbers = {"waiting": 0, "queued": 0, "recalling": 0, "online": 3, "failed": 1}
    partial = request_document(state="partial", counts=numbers, finished="2026-11-21T05:00:00Z")
    world.streams = [
        message("online", event(3, words="tape A1 read"))
        + message("failed", event(4, kind="failed", count=1, words="the tape is damaged"))
        + message("status", partial)
    ]
    code, out, _ = way("stage", "/a", "--wait")
    assert code == 1
    assert "online  2 files, 9 B  tape A1 read" in out
    assert "failed  1 file" in out
    assert "way retry 7" in out


def test_waiting_with_json_prints_documents_only(way, world):
    done = request_document(state="complete")
    world.streams = [message("online", event(3)) + message("status", done)]
    code, out, _ = way("stage", "/a", "--wait", "--json")
    documents = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [d.get("kind") or d["state"] for d in documents] == ["online", "complete"]


def test_status_of_a_failed_request_ends_with_1(way, world):
    world.request = request_document(state="failed")
    code, out, _ = way("status", "7")
    assert code == 1
    assert 'Request 7 "run 7": failed' in out


def test_a_path_cannot_steer_the_terminal(way, world):
    evil = {"n": 1, "path": "/a\x1b[2J\n", "state": "failed", "error": "x", "bytes": 3}
    world.answers["stage-requests/7/files"] = {"files": [evil], "next_after": None}
    code, out, _ = way("status", "7", "--failed")
    assert code == 0
    assert "/a\\x1b[2J\\n" in out
    assert "\x1b" not in out


def test_login_tries_the_token_before_it_keeps_it(way, world, tmp_path, monkeypatch):
    world.answers["whoami"] = {"name": "ana", "scopes": ["stage"]}
    monkeypatch.delenv("WAYSTATION_TOKEN")
    monkeypatch.delenv("WAYSTATION_URL")
    assert way("login", world.url, stdin=b"wrong\n")[0] == 3
    assert not (tmp_path / "waystation").exists()
    code, out, _ = way("login", world.url, "--token-stdin", stdin=TOKEN.encode() + b"\n")
    assert code == 0
    assert "Signed in as ana" in out
    assert TOKEN not in out
    assert way("whoami")[1].startswith("ana")


def test_the_library_in_a_pipe_is_rows(way, world):
    world.answers["library"] = {
        "backends": [{"name": "ee", "kind": "x", "state": "down", "message": "no answer"}],
        "drives": [{"backend": "ee", "name": "d1", "state": "reading", "tape": "A1"}],
        "tapes": [{"backend": "ee", "tape": "A2", "files": 3, "state": "queued", "why": "old",
                   "oldest": "2026-11-21T04:00:00Z", "eta": "2026-11-21T06:00:00Z"}],
        "queued_files": 3,
    }  # fmt: skip
    code, out, _ = way("tape")
    assert code == 0
    assert "ee is down: no answer" in out
    assert "ee/d1\treading\tA1" in out


def test_files_that_are_missing_end_with_1(way, world):
    world.answers["files/status"] = {
        "files": [
            {"path": "/a", "state": "online_and_nearline"},
            {"path": "/b", "state": "missing"},
        ]
    }
    code, out, _ = way("file", "/a", "/b")
    assert code == 1
    assert "on disk and tape" in out
    assert "no such file" in out


def test_help_is_quick_and_shows_the_exit_codes():
    heavy = "{'httpx', 'rich', 'msgspec', 'waystation'} & set(sys.modules)"
    code = (
        "import sys; sys.argv = ['way', '--help']\n"
        "from waystation_client.__main__ import main\n"
        f"try:\n    main()\nfinally:\n    print({heavy})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()" in done.stdout
    assert "7  a large recall" in done.stdout


def test_an_event_is_said_with_and_without_the_servers_words():
    said = [
        request_words.happened(decoded(json.dumps(event(1, **changed)).encode(), Event))
        for changed in (
            {"words": ""},
            {"count": 1, "kind": "failed", "bytes": 0, "words": "no such file"},
            {"count": 0, "kind": "finished", "words": "complete"},
            {"count": 0, "kind": "finished", "words": ""},
        )
    ]
    assert said == ["2 files online, 9 B", "1 file failed: no such file", "complete", "finished"]


def test_live_progress_draws_what_it_knows(capsys):
    first = decoded(json.dumps(request_document()).encode(), Request)
    failed = {"online": 3, "failed": 1}
    end = decoded(json.dumps(request_document(state="partial", counts=failed)).encode(), Request)
    news = [decoded(json.dumps(event(3)).encode(), Event), end]
    assert live_request.show(first, news, session.now).state == "partial"
    drawn = capsys.readouterr().err
    assert "3 of 4" in drawn
    assert "1 failed" in drawn
    assert "last: 2 files online" in drawn
