"""Macaroons: asked for as davix, gfal2 and FTS do, narrowed by anybody, judged by pymacaroons."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
from pymacaroons import Macaroon, Verifier

from certificates import proxy
from dav.conftest import SPACE
from running import until
from waystation.domains.accounts.door import Verb
from waystation.interfaces.macaroons import asking, caveats, wire
from waystation.kernel.errors import MalformedError

MEDIA = {"Content-Type": "application/macaroon-request"}
KEY = b"k" * 32


@pytest.fixture
def place(lab):
    """A folder with a file."""
    folder = lab.folder()
    with lab.client(lab.ana) as http:
        assert http.put(f"{folder}/a", content=b"data").is_success
    return folder


def ask(lab, path: str, *more: str, validity: str = "PT1H", token: str = "") -> httpx.Response:
    body = {"caveats": list(more), "validity": validity}
    with lab.client(token or lab.ana) as http:
        return http.post(path, json=body, headers=MEDIA)


def macaroon(lab, path: str, *more: str, **options: str) -> str:
    answer = ask(lab, path, *more, **options)
    assert answer.is_success, answer.text
    return str(answer.json()["macaroon"])


def narrowed(text: str, *more: str) -> str:
    """By another maker's library, as a client does."""
    found = Macaroon.deserialize(text)
    for caveat in more:
        found.add_first_party_caveat(caveat)
    return str(found.serialize())


def test_what_is_asked_for_is_what_is_given(lab, place):
    answer = ask(lab, place, "activity:DOWNLOAD,LIST")
    said = answer.json()
    assert answer.headers["content-type"] == "application/json"
    with lab.client(said["macaroon"]) as http:
        assert http.get(f"{place}/a").content == b"data"
        assert http.request("PROPFIND", place, headers={"Depth": "1"}).status_code == 207
        assert http.put(f"{place}/b", content=b"x").status_code == 403
        assert http.delete(f"{place}/a").status_code == 403
        assert http.request("PROPFIND", "/", headers={"Depth": "1"}).status_code == 403
        assert http.get(f"{place}x/a").status_code == 403
    target = said["uri"]["targetWithMacaroon"]
    assert target.startswith(f"{lab.house.url}/dav/{SPACE}{place}?authz=")
    assert httpx.get(target.replace("?", "/a?")).content == b"data"


def test_a_macaroon_is_for_files_and_for_nothing_else(lab, place):
    held = macaroon(lab, place)
    with lab.house.client(held) as http:
        assert http.get("/whoami").status_code == 401
        assert http.post("/stage-requests", json={"paths": ["/x"]}).status_code in {401, 403}
    assert ask(lab, place, token=held).status_code == 403, "nor for another macaroon"


def test_a_client_narrows_it_and_nobody_widens_it(lab, place):
    held = macaroon(lab, "/", "activity:DOWNLOAD,UPLOAD,DELETE,LIST")
    with lab.client(held) as http:
        assert http.put(f"{place}/a", content=b"new").status_code == 204
    at = f"/dav/{SPACE}{place}"
    less = narrowed(held, f"path:{at}/a", "activity:DOWNLOAD")
    with lab.client(less) as http:
        assert http.get(f"{place}/a").content == b"new"
        assert http.put(f"{place}/a", content=b"x").status_code == 403
        # That the folder is there may be known, as gfal2 asks before it puts; not what is in it.
        assert http.request("PROPFIND", place, headers={"Depth": "0"}).status_code == 207
        assert http.request("PROPFIND", place, headers={"Depth": "1"}).status_code == 403
    for more in (
        ["activity:DELETE"],  # of what had no DELETE: nothing is left
        [f"path:/dav/{SPACE}"],  # out of the one before
        ["path:/dav/other"],
        [f"path:{at}/a/../../x"],
        ["before:2001-01-01T00:00:00Z"],
        ["before:yesterday"],
        ["ip:192.0.2.1"],
        ["ip:somewhere"],
        ["moon:full"],
        ["path"],
    ):
        with lab.client(narrowed(less, *more)) as http:
            assert http.get(f"{place}/a").status_code in {401, 403}, more
    with lab.client(narrowed(less, "ip:127.0.0.0/8,192.0.2.1")) as http:
        assert http.get(f"{place}/a").content == b"new"


def test_nothing_is_taken_from_it(lab, place):
    held = macaroon(lab, place, "activity:LIST")
    found = Macaroon.deserialize(held)
    found.caveats = [c for c in found.caveats if b"activity" not in c.caveat_id_bytes]
    for text in (found.serialize(), held[:-4] + "AAAA", held[:40], "MDA", f"MDA{'x' * 9000}"):
        with lab.client(text) as http:
            assert http.get(f"{place}/a").status_code == 401
    other = wire.mint(KEY, "x", b"1.0.x", [f"path:/dav/{SPACE}"])
    with lab.client(other) as http:
        assert http.get(f"{place}/a").status_code == 401


def test_who_may_ask(lab, place):
    assert ask(lab, place, token=lab.ben).status_code == 404
    with lab.client(None) as http:
        assert http.post(place, json={}, headers=MEDIA).status_code == 401
    with lab.client(lab.ana) as http:
        assert http.post(place, content=b"x").status_code == 405
        assert http.post(place, content=b"", headers=MEDIA).is_success
        assert http.post(place, content=b"{", headers=MEDIA).status_code == 400


@pytest.mark.parametrize(
    ("caveat", "validity"),
    [
        ("activity:FLY", "PT1H"),
        ("moon:full", "PT1H"),
        ("path:/dav/other", "PT1H"),
        ("path:/etc", "PT1H"),
        ("before:now", "PT1H"),
        ("ip:x", "PT1H"),
        ("activity:LIST", "P8D"),
        ("activity:LIST", "PT0S"),
        ("activity:LIST", "an hour"),
    ],
)
def test_what_cannot_be_asked_for(lab, place, caveat, validity):
    answer = ask(lab, place, caveat, validity=validity)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_it_dies_with_its_token_and_with_a_role(lab, place):
    lab.house.command("space", "role", SPACE, "ben", "reader")
    token = lab.house.command("user", "token", "ben")
    held = macaroon(lab, place, token=token)
    with lab.client(held) as http:
        assert http.get(f"{place}/a").content == b"data"
        assert http.put(f"{place}/b", content=b"x").status_code == 403
        lab.house.command("space", "role", SPACE, "ben", "none")
        assert http.get(f"{place}/a").status_code == 404
        number = int(token.split("_")[1])
        lab.house.rows("DELETE FROM accounts_token WHERE id = %(id)s RETURNING id", id=number)
        assert until(lambda: http.get(f"{place}/a").status_code == 401, 5)


def test_real_davix_and_gfal2_ask_for_one(lab, place, tmp_path):
    for tool in ("gfal-token", "davix-http"):
        if shutil.which(tool) is None:
            assert os.environ.get("CI") != "true", f"{tool}: see tools/system-packages"
            pytest.skip(f"{tool} is not installed: see tools/system-packages")
    made = proxy(lab.signed, f"proxy-{os.urandom(3).hex()}")
    base = f"https://localhost:{lab.grid_port}/dav/{SPACE}{place}"
    variables = {
        "X509_USER_PROXY": str(made.pem),
        "X509_CERT_DIR": str(lab.authority.directory),
        "GFAL_PYTHONBIN": "/usr/bin/python3",
    }
    davs = base.replace("https:", "davs:")
    words = ["gfal-token", "--validity", "30", davs, "DOWNLOAD", "LIST"]
    done = subprocess.run(
        words,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    held = done.stdout.strip().splitlines()[-1]
    assert wire.read(held) is not None, done.stdout
    bearer = {"X509_CERT_DIR": str(lab.authority.directory), "BEARER_TOKEN": held}
    fetched = subprocess.run(
        ["gfal-copy", f"{davs}/a", f"file://{tmp_path}/back"],
        env={**os.environ, **bearer, "GFAL_PYTHONBIN": "/usr/bin/python3"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    assert (tmp_path / "back").read_bytes() == b"data"


# ------------------------------------------------------------------------- the format alone


def test_another_makers_library_reads_and_proves_ours():
    text = wire.mint(KEY, "https://here", b"1.0.n", ["path:/dav/a", "activity:LIST"])
    found = Macaroon.deserialize(text)
    assert (found.location, found.identifier) == ("https://here", "1.0.n")
    judge = Verifier()
    judge.satisfy_general(lambda _: True)
    assert judge.verify(found, KEY)


def test_we_read_and_prove_another_makers():
    theirs = Macaroon(location="there", identifier="1.0.n", key=KEY, version=1)
    theirs.add_first_party_caveat("path:/dav/a")
    found = wire.read(theirs.serialize())
    assert found is not None
    assert found.caveats == (b"path:/dav/a",)
    assert wire.proved(found, KEY)
    assert not wire.proved(found, b"x" * 32)
    assert wire.read(theirs.serialize() + "==") == found


@pytest.mark.parametrize("text", ["", "MDA", "MDAxZmxv", "ü", "!!!!", "MDAwMGE=", "LTAwMWE="])
def test_what_is_no_macaroon(text):
    assert wire.read(text) is None


def test_what_is_cut_anywhere_is_no_macaroon():
    text = wire.mint(KEY, "here", b"1.0.n", ["path:/dav/a"])
    whole = wire.read(text)
    for end in range(len(text)):
        found = wire.read(text[:end])
        assert found is None or (found == whole and end >= len(text) - 1)


@pytest.mark.parametrize(
    ("chain", "verbs"),
    [
        (["activity:UPLOAD"], {Verb.CREATE}),
        (["activity:UPLOAD,DELETE"], {Verb.CREATE, Verb.DELETE, Verb.MODIFY}),
        (["activity:UPLOAD,LIST", "activity:LIST,DOWNLOAD"], {Verb.LIST}),
        (["activity:UPDATE_METADATA"], set()),
        ([], set(Verb)),
    ],
    ids=["put", "replace", "both", "none", "all"],
)
def test_what_activities_mean(chain, verbs):
    left = caveats.bounds(["path:/dav/lab/x", *chain])
    assert (left.space, left.path) == ("lab", ("x",))
    assert left.place().verbs == verbs


def test_the_earliest_end_counts():
    ends = ["before:2030-01-02T00:00:00Z", "before:2029-01-02T00:00:00.123456789Z"]
    assert caveats.bounds(ends).before == datetime(2029, 1, 2, tzinfo=UTC)
    assert asking.validity("P1DT2H") == timedelta(hours=26)
    assert asking.validity("") == asking.USUAL
    with pytest.raises(MalformedError):
        caveats.bounds(["before:2030-13-01T00:00:00Z"])


def test_the_answer_is_as_dcache_has_it():
    said = asking.answer("M", "https://h/dav/lab/a b")
    assert json.loads(json.dumps(said)) == {
        "macaroon": "M",
        "uri": {
            "target": f"https://h/dav/lab/{quote('a b')}",
            "targetWithMacaroon": f"https://h/dav/lab/{quote('a b')}?authz=M",
            "base": "https://h/dav/",
            "baseWithMacaroon": "https://h/dav/?authz=M",
        },
    }
    assert re.match("MDA", wire.mint(KEY, "x", b"y", []))
