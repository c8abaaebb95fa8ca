"""`way share` and `way token`, as users run them, against a real node."""

import json
import os
import subprocess
import sys
from urllib.parse import quote

import httpx
import pytest

from sharing.conftest import SPACE


@pytest.fixture
def way(lab, tmp_path):
    """Runs the command as ana; (code, standard output, standard error)."""

    def run(*words: str, **variables: str) -> tuple[int, str, str]:
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "PYTHONPATH", "LANG"}}
        known = {"WAYSTATION_URL": lab.house.url, "WAYSTATION_TOKEN": lab.ana}
        done = subprocess.run(
            [sys.executable, "-m", "waystation_client", *words],
            env={**kept, **known, "HOME": str(tmp_path), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_link_is_made_listed_and_revoked(lab, way):
    folder = lab.folder(a=b"data")
    code, said, noted = way("share", f"{SPACE}:/{folder}", "--label", "for Eve")
    assert code == 0, noted
    url = said.strip()
    assert httpx.get(f"{url}/files/a").content == b"data"
    assert f"curl -f -OJ {url}/files/FILE" in noted
    assert url in way("share", "list", SPACE)[1]
    found = json.loads(way("share", "list", SPACE, "--json")[1])["shares"]
    (mine,) = [each for each in found if each["url"] == url]
    assert (mine["label"], mine["uses"]) == ("for Eve", 1)
    assert way("share", "revoke", SPACE, str(mine["id"]))[0] == 0
    assert httpx.get(f"{url}/files/a").status_code == 404
    assert way("share", "revoke", SPACE, str(mine["id"]))[0] == 4


def test_every_wish_of_a_link(lab, way):
    folder = lab.folder(a=b"data")
    words = ("share", "--expires", "2d", "--downloads", "1", "--password", "--json")
    assert way(*words, f"{SPACE}:{folder}/a")[0] == 2, "nobody is there to be asked"
    made = way(*words, f"{SPACE}:{folder}/a", WAY_SHARE_PASSWORD="correct horse")
    link = json.loads(made[1])
    assert (link["password"], link["downloads"]) == (True, 1)
    assert httpx.get(f"{link['url']}/files/a", auth=("x", "correct horse")).content == b"data"
    assert httpx.get(f"{link['url']}/files/a", auth=("x", "correct horse")).status_code == 403
    box = json.loads(way("share", f"{SPACE}:{folder}", "--drop-box", "--json")[1])
    assert httpx.put(f"{box['url']}/files/b", content=b"x").status_code == 201
    forever = json.loads(way("share", f"{SPACE}:{folder}", "--expires", "never", "--json")[1])
    assert forever["expires"] is None


def test_a_signed_address(lab, way):
    folder = lab.folder(a=b"data")
    url = way("share", "sign", f"{SPACE}:{folder}/a", "--for", "10m")[1].strip()
    assert httpx.get(url).content == b"data"
    assert way("share", "sign", f"{SPACE}:{folder}/a", "--for", "1y")[0] == 2


def test_a_token_for_a_job(lab, way):
    folder = lab.folder(a=b"data", b=b"other")
    words = ("token", "job", "--space", SPACE, "--for", "1h", "--name", "17")
    code, said, noted = way(*words, "--path", f"{folder}/a:read", "--path", f"{folder}/o:create")
    assert code == 0, noted
    with lab.dav(said.strip()) as job:
        assert job.get(f"/{quote(folder)}/a").content == b"data"
        assert job.get(f"/{quote(folder)}/b").status_code == 403
        assert job.put(f"/{quote(folder)}/o", content=b"x").status_code == 201
        found = json.loads(way("token", "list", "--json")[1])["tokens"]
        (mine,) = [each for each in found if said.startswith(f"way_{each['id']}_")]
        assert mine["last_used"]
        assert way("token", "list")[0] == 0
        assert way("token", "revoke", str(mine["id"]))[0] == 0
        assert job.get(f"/{quote(folder)}/a").status_code == 401


@pytest.mark.parametrize(
    "words",
    [
        ("share", "no-colon"),
        ("share", f"{SPACE}:x", "--expires", "soon"),
        ("share", f"{SPACE}:x", "--downloads", "0"),
        ("token", "job", "--space", SPACE, "--path", "x"),
        ("token", "job", "--space", SPACE, "--path", "x:fly"),
        ("token", "job", "--space", SPACE, "--path", "x:read", "--for", "soon"),
    ],
    ids=["target", "expires", "downloads", "verbless", "odd", "for"],
)
def test_what_cannot_be_said(way, words):
    code, said, noted = way(*words)
    assert (code, said) == (2, "")
    assert "Traceback" not in noted
