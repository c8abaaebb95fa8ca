"""What administrators see of two sites: pages and the API."""

import json
import os
import re
import subprocess
import sys

from replication.conftest import unique
from replication.test_two_sites import rule
from running import until


def signed_in(http, house) -> None:
    """Give it a browser's session."""
    page = http.get("/sign-in")
    token = re.findall('name="csrfmiddlewaretoken" value="(.+?)"', page.text)[0]
    form = {"name": house.name, "password": house.password, "csrfmiddlewaretoken": token}
    assert http.post("/sign-in", data=form, headers={"Referer": house.url}).is_success


def press(http, page: str, address: str, **fields: str):
    token = re.findall('name="csrfmiddlewaretoken" value="(.+?)"', page)[0]
    return http.post(address, data={**fields, "csrfmiddlewaretoken": token})


def test_pages_show_partners_rules_and_shipments(pair):
    folder = unique("seen")
    pair.put(f"{folder}/a <b>.dat", os.urandom(1_000))
    rule(pair, folder, folder)
    mine = lambda: [s for s in pair.shipments() if s["rule"] == folder]  # noqa: E731
    assert until(lambda: any(s["state"] == "done" for s in mine()), 60)
    with pair.aye.client(base_url=pair.aye.url, headers={}, follow_redirects=True) as http:
        signed_in(http, pair.aye)
        assert "Sites, at a glance" in http.get("/").text
        page = http.get("/administration/sites").text
        assert folder in page
        assert pair.bee.url in page
        number = mine()[0]["id"]
        one = http.get(f"/administration/shipments/{number}").text
        assert f"{folder}/a &lt;b&gt;.dat" in one
        done = press(http, page, f"/administration/rules/{folder}/switch", on="no")
        assert f"The rule {folder} rests." in done.text
    with pair.aye.client() as http:
        (found,) = [r for r in http.get("/rules").json()["rules"] if r["name"] == folder]
        assert not found["enabled"]
        (partner,) = http.get("/partners").json()["partners"]
        assert (partner["name"], partner["enabled"]) == ("bee", True)


def test_only_administrators_look_and_only_partners_ask(pair):
    token = pair.aye.account(unique("ana"))
    with pair.aye.client(token) as http:
        for path in ("/partners", "/rules", "/shipments", "/shipments/1", "/shipments/1/files"):
            assert http.get(path).status_code == 403, path
        assert http.get("/replication/hello").status_code == 403
        offer = {"key": "12345678", "space": "lab", "parcels": [{"n": 1, "path": "a", "size": 1}]}
        assert http.post("/replication/offers", json=offer).status_code == 403
    with pair.aye.client() as http:
        assert http.get("/replication/hello").status_code == 403


def way(pair, *words: str) -> str:
    """The command of users, as the administrator of `aye`; what it printed."""
    known = {"WAYSTATION_URL": pair.aye.url, "WAYSTATION_TOKEN": pair.aye.token}
    command = [sys.executable, "-m", "waystation_client", *words]
    done = subprocess.run(
        command, env={**os.environ, **known}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_makes_a_rule_and_watches(pair):
    folder = unique("by-hand")
    data = os.urandom(2_000)
    pair.put(f"{folder}/a", data)
    asked = ("replicate", folder, f"lab:/{folder}", "bee:copy", "--daily", "2T")
    tried = way(pair, *asked, "--delete-after", "30", "--dry-run")
    assert "bee" in tried
    assert f"{len(data) / 1000:g}" in tried
    told = json.loads(way(pair, *asked, "--delete-after", "30", "--dry-run", "--json"))
    assert (told["files"], told["bytes"]) == (1, len(data))
    assert (told["shed"]["files"], told["shed"]["young"]) == (0, 1)
    with pair.aye.client() as http:
        assert folder not in {rule["name"] for rule in http.get("/rules").json()["rules"]}
    said = way(pair, *asked)
    assert folder in said
    way(pair, "transfers", "--watch")
    assert pair.came(f"{folder}/a", data)
    assert "bee" in way(pair, "sites")
    shipped = json.loads(way(pair, "transfers", "--json"))["shipments"]
    (mine,) = [s for s in shipped if s["rule"] == folder]
    assert (mine["state"], mine["landed"]) == ("done", 1)
    with pair.aye.client() as http:
        (rule,) = [r for r in http.get("/rules").json()["rules"] if r["name"] == folder]
        left = http.get(f"/rules/{folder}/estimate").json()["estimate"]
        numbers = http.get("/metrics")
        assert http.get("/alarms").json() == {"alarms": []}
    assert 'partner_enabled{partner="bee"} 1' in numbers.text
    assert numbers.headers["content-type"].startswith("text/plain")
    assert rule["daily_bytes"] == 2 * 10**12
    assert (left["files"], left["complete"]) == (0, True)
    assert "0 files" in pair.aye.command("rule", "try", folder)
