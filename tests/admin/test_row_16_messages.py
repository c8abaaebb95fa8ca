"""Row 16: operators tell one, a group or all; pages, API and command show it until it is over."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from admin.office import post


def told(office, who) -> list[str]:
    with office.http(who) as http:
        return [m["text"] for m in http.get("/messages").json()["messages"]]


def tell(office, text: str, *words: str) -> str:
    return office.house.command("message", "post", text, *words)


def moment(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def test_everybody_is_told_and_one_is_told_alone(office):
    ana, ben = office.person(), office.person()
    number = tell(office, f"for all, {ana.name}")
    tell(office, f"only for {ana.name}", "--to", ana.name, "--severity", "urgent")
    try:
        assert told(office, ana)[0] == f"only for {ana.name}"
        assert f"for all, {ana.name}" in told(office, ana)
        assert f"only for {ana.name}" not in told(office, ben)
        assert f"for all, {ana.name}" in office.browser(ben).get("/requests").text
    finally:
        office.house.command("message", "withdraw", number)
    assert f"for all, {ana.name}" not in told(office, ben)


def test_who_puts_it_away_sees_it_no_more(office):
    ana = office.person()
    number = tell(office, "<b>read & put away</b>", "--to", ana.name)
    page = office.browser(ana)
    assert "&lt;b&gt;read &amp; put away" in page.get("/tape").text
    after = post(page, f"/notices/{number}/dismiss", at="/tape", back="/tape")
    assert after.url.path == "/tape"
    assert "put away&lt;" not in after.text
    assert told(office, ana) == []
    away = post(page, f"/notices/{number}/dismiss", at="/tape", back="//elsewhere.example")
    assert away.url.host == "127.0.0.1"


def test_what_must_be_seen_cannot_be_put_away(office):
    ana = office.person()
    number = tell(office, "stay", "--to", ana.name, "--no-dismissible")
    with office.http(ana) as http:
        assert http.post(f"/messages/{number}/dismiss").status_code == 404
    assert told(office, ana) == ["stay"]


def test_a_message_has_its_time(office):
    ana = office.person()
    tell(office, "later", "--to", ana.name, "--from", moment(hours=1))
    down = ("--down-from", moment(hours=2), "--down-until", moment(hours=3))
    tell(office, "we mend the robot", "--to", ana.name, *down)
    with office.http(ana) as http:
        [found] = http.get("/messages").json()["messages"]
    assert found["text"] == "we mend the robot"
    assert found["shown_until"] == found["down_until"]


@pytest.mark.parametrize(
    "more",
    [
        {"audience": "somebody"},
        {"text": " "},
        {"shown_until": "2001-01-01T00:00:00Z"},
        {"down_from": "2001-01-01T00:00:00Z"},
        {"severity": "loud"},
        {"text": "a\0b"},
    ],
    ids=["nobody", "no-text", "over-before", "half-a-downtime", "severity", "zero-byte"],
)
def test_what_cannot_be_is_refused(office, more):
    with office.http() as http:
        answer = http.post("/messages", json={"text": "x", **more})
    assert answer.status_code == 400
    assert answer.json()["title"]


def test_only_administrators_tell(office):
    ana = office.person()
    with office.http(ana) as http:
        assert http.post("/messages", json={"text": "x"}).status_code == 403
        assert http.delete("/messages/1").status_code == 403


def test_the_command_tells_once_and_never_among_results(office, tmp_path):
    ana = office.person()
    tell(office, "from the\x1b[2J operators", "--to", ana.name)
    kept = ("PATH", "PYTHONPATH", "LANG")
    variables = {
        **{k: v for k, v in os.environ.items() if k in kept},
        "HOME": str(tmp_path),
        "WAYSTATION_URL": office.house.url,
        "WAYSTATION_TOKEN": ana.token,
    }

    def way(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "waystation_client", *words]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=True)

    assert way("whoami", "--json").stderr == ""
    first = way("whoami")
    assert first.stderr == "notice: from the\\x1b[2J operators\n"
    assert "operators" not in first.stdout
    assert way("whoami").stderr == ""
