"""A rule at work between two sites."""

import base64
import hashlib
import json
import os

import pytest

from replication.conftest import unique
from running import until
from waystation.backends.partner.waystation import SiteConfig, WaystationSite
from waystation.domains.transfers.entities import PartnerInfo
from waystation.domains.transfers.errors import PartnerRefusedError


def rule(pair, name: str, folder: str, *more: str) -> None:
    pair.aye.command(
        *("rule", "add", name, "--space", "lab", "--to", "bee:copy"),
        *("--owner", pair.aye.name, "--prefix", folder, "--target-prefix", folder, *more),
    )


def test_files_that_are_there_and_that_come_later_arrive(pair):
    folder = unique("first")
    old, new = os.urandom(300_000), os.urandom(1_000)
    pair.put(f"{folder}/deep/old ü&.dat", old)
    rule(pair, folder, folder)
    assert pair.came(f"{folder}/deep/old ü&.dat", old)
    pair.put(f"{folder}/new", new)
    pair.put(f"{folder}/empty", b"")
    assert pair.came(f"{folder}/new", new)
    assert pair.came(f"{folder}/empty", b"")
    assert until(lambda: not pair.shipments(open_only=True), 20)
    mine = [each["state"] for each in pair.shipments() if each["rule"] == folder]
    assert set(mine) == {"done"}


def test_a_new_content_replaces_the_old_one(pair):
    folder = unique("again")
    rule(pair, folder, folder)
    for data in (b"one", b"two, longer"):
        pair.put(f"{folder}/a", data)
        assert pair.came(f"{folder}/a", data)


def test_what_is_not_ours_there_is_left_alone(pair):
    folder = unique("clash")
    pair.put(f"{folder}/a", b"theirs", pair.bee, "copy")
    rule(pair, folder, folder)
    pair.put(f"{folder}/a", b"ours")
    assert until(lambda: any(s["failed"] for s in pair.shipments() if s["rule"] == folder), 30)
    number = next(s["id"] for s in pair.shipments() if s["rule"] == folder)
    with pair.aye.client() as http:
        (file,) = http.get(f"/shipments/{number}/files").json()["files"]
    assert "did not come from you" in file["words"]
    assert pair.get(f"{folder}/a") == b"theirs"


def test_what_a_partner_asks_about_damage(pair):
    """By the wire, as a third site that has just been invited."""
    name = unique("cee")
    pair.put(f"{name}/a", b"whole", pair.bee, "copy")
    code = pair.bee.command("partner", "invite", name, "--space", "copy")
    said = json.loads(base64.urlsafe_b64decode(code))
    known = dict.fromkeys(("last_seen", "last_heard"))
    site = WaystationSite(
        PartnerInfo(
            *(1, "bee", "waystation", said["url"], said["token"], None),
            enabled=True,
            engines=(),
            words="",
            **known,
        ),
        SiteConfig(),
    )
    file = f"{name}/a", hashlib.sha256(b"whole").hexdigest()
    assert {str(end.kind) for end in site.sources("copy")} >= {"path", "http"}
    assert site.holds("copy", [file]) == [True]
    assert site.damaged("copy", [file]) == [False], "it is no copy of ours"
    site.doubt("copy", [file])
    with pytest.raises(PartnerRefusedError):
        site.sources("nowhere")


def test_a_disk_is_carried_by_two_commands(pair, tmp_path):
    folder = unique("carried")
    rule(pair, folder, folder)
    pair.aye.command("rule", "off", folder)
    pair.put(f"{folder}/a", b"by hand")
    said = pair.aye.command("carry", "export", folder, "--partner", "bee", "--to", str(tmp_path))
    assert "1 files are on" in said
    assert "1 landed" in pair.bee.command("carry", "import", str(tmp_path))
    assert pair.get(f"{folder}/a") == b"by hand"

    def states() -> set[object]:
        return {s["state"] for s in pair.shipments(limit=1_000) if s["rule"] == folder}

    assert until(lambda: states() == {"done"}, 60), states()
