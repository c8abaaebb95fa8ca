"""COPY between servers, by real clients and against servers that misbehave."""

import os
import threading

import httpx
import pytest
from xrdhttp.testing import MemoryStore, StorageServer

from dav.conftest import SPACE, TAPES
from dav.other_server import Behaviour, other_server
from dav.test_clients import Shell
from running import until

DATA = os.urandom(3_000_001)
BASE = f"/dav/{SPACE}"


@pytest.fixture
def shell(lab, tmp_path) -> Shell:
    variables = {"BEARER_TOKEN": lab.ana, "X509_CERT_DIR": str(lab.authority.directory)}
    return Shell(lab, f"davs://localhost:{lab.grid_port}{BASE}", tmp_path, variables)


@pytest.fixture
def place(lab) -> str:
    """A new folder, as a path in the space."""
    return lab.folder()


def copy(http: httpx.Client, path: str, **headers: str) -> str:
    """What a COPY came to: its last line."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = http.request("COPY", path, headers=given)
    assert answer.status_code == 202, answer.text
    assert answer.headers["content-type"] == "text/perf-marker-stream"
    assert answer.text.startswith("Perf Marker\n\tTimestamp: ")
    return answer.text.splitlines()[-1]


# ------------------------------------------------------------------------------- real clients


# A push from this server to itself is a COPY that stays here; a pull goes the long way.
@pytest.mark.parametrize("mode", ["pull", "push"])
def test_gfal2_has_servers_copy(lab, shell, http, place, mode):
    assert http.put(f"{place}/a.dat", content=DATA).status_code == 201
    source, target = f"{shell.base}{place}/a.dat", f"{shell.base}{place}/b {mode}.dat"
    target = target.replace(" ", "%20")
    checks = ["-K", "ADLER32", "--checksum-mode", "both"]
    shell.run("gfal-copy", "--copy-mode", mode, *checks, source, target)
    assert lab.disk(f"{place}/b {mode}.dat").read_bytes() == DATA


def test_curl_has_a_file_fetched_from_xrdhttp(lab, http, place):
    """xrdhttp 0.4.0 (PyPI): a WebDAV server that others wrote."""
    with StorageServer(MemoryStore({"/data/f.dat": DATA})) as there:
        there.tokens = {"secret-there"}
        last = copy(
            http,
            f"{place}/f.dat",
            source=f"{there.base}/data/f.dat",
            transferheaderauthorization="Bearer secret-there",
            requirechecksumverification="false",
        )
    assert last == "success: Created"
    assert lab.disk(f"{place}/f.dat").read_bytes() == DATA


def test_a_file_is_stored_at_xrdhttp(http, place):
    assert http.put(f"{place}/up.dat", content=DATA).status_code == 201
    store = MemoryStore({"/data/other": b"x"})
    with StorageServer(store) as there:
        there.tokens = {"secret-there"}
        last = copy(
            http,
            f"{place}/up.dat",
            destination=f"{there.base}/data/up.dat",
            transferheaderauthorization="Bearer secret-there",
            requirechecksumverification="false",
        )
        assert last == "success: Created"
        headers = {"authorization": "Bearer secret-there"}
        assert httpx.get(f"{there.base}/data/up.dat", headers=headers).content == DATA


# ------------------------------------------------------------------------------ what is promised


def test_the_checksum_of_the_source_is_checked_and_ours_is_kept(lab, http, place):
    with other_server(Behaviour(DATA)) as there:
        assert copy(http, f"{place}/x", source=f"{there}/x") == "success: Created"
    told = http.head(f"{place}/x", headers={"want-digest": "adler32"})
    assert "adler32=" in told.headers["digest"]


def test_only_what_was_given_for_it_goes_to_the_other_server(lab, http, place):
    behaviour = Behaviour(DATA)
    with other_server(behaviour) as there:
        copy(http, f"{place}/x", source=f"{there}/x?q=1", transferheaderx_mine="yes")
        copy(http, f"{place}/y", source=f"{there}/y", transferheaderauthorization="Bearer theirs")
    (_, path, first), (_, _, second) = behaviour.seen
    assert path == "/x?q=1"
    assert first["x-mine"] == "yes"
    assert "authorization" not in first
    assert second["authorization"] == "Bearer theirs"
    assert not any(lab.ana in value for value in (*first.values(), *second.values()))


def test_a_push_is_compared_with_what_the_destination_says(http, place):
    assert http.put(f"{place}/a", content=DATA).status_code == 201
    good, lying, mute = Behaviour(), Behaviour(lies=True), Behaviour(digests=False)
    for behaviour, words in (
        (good, "success: Created"),
        (lying, "failure: The checksum at the destination is not that of our file."),
        (mute, "failure: The destination has the file and tells no checksum of it."),
    ):
        with other_server(behaviour) as there:
            last = copy(http, f"{place}/a", destination=f"{there}/a")
            assert last.startswith(words)
            assert behaviour.stored == DATA
    with other_server(Behaviour(b"old")) as there:
        last = copy(http, f"{place}/a", destination=f"{there}/a", overwrite="F")
        assert last == "failure: There is a file at the destination already."


def test_a_redirect_takes_no_credential_to_another_host(lab, http, place):
    end = Behaviour(DATA)
    with other_server(end) as pool, other_server(Behaviour(redirect=f"{pool}/f")) as door:
        last = copy(http, f"{place}/r", source=f"{door}/f", transferheaderauthorization="Bearer t")
    assert last == "success: Created"
    assert "authorization" not in end.seen[0][2]
    assert lab.disk(f"{place}/r").read_bytes() == DATA


def test_files_are_copied_from_space_to_space(lab, http, place):
    lab.house.command("space", "add", "second", "--owner", "ana", "--store", "disk")
    assert http.put(f"{place}/a", content=DATA).status_code == 201
    to = f"{lab.house.url}/dav/second/b"
    assert http.request("COPY", f"{place}/a", headers={"destination": to}).status_code == 201
    assert http.get(to).content == DATA
    assert http.request(
        "COPY", f"{place}/a", headers={"destination": to, "overwrite": "F"}
    ).status_code == 412  # fmt: skip


# ------------------------------------------------------------------------------------- bad days


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(DATA, lies=True), "was announced"),
        (Behaviour(DATA, cut_at=1000), "The source stopped"),
        (Behaviour(DATA, digests=False), "RequireChecksumVerification: false"),
        (Behaviour(DATA, status=404), "The source answered 404"),
        (Behaviour(DATA, status=503), "The source answered 503"),
        (Behaviour(DATA, redirect="http://192.0.2.1/f"), "not allowed here"),
        (Behaviour(DATA, redirect="file:///etc/passwd"), "is not an http or https URL"),
    ],
    ids=["lies", "cut", "no-checksum", "404", "503", "led-elsewhere", "led-to-a-file"],
)
def test_a_source_that_misbehaves_leaves_nothing(lab, http, place, behaviour, words):
    with other_server(behaviour) as there:
        last = copy(http, f"{place}/bad", source=f"{there}/bad")
    assert last.startswith("failure: ")
    assert words in last
    assert http.head(f"{place}/bad").status_code == 404
    assert not lab.disk(f"{place}/bad").exists()


def test_a_source_that_leads_in_circles_is_given_up(http, place):
    behaviour = Behaviour(DATA)
    with other_server(behaviour) as there:
        behaviour.redirect = f"{there}/again"
        last = copy(http, f"{place}/bad", source=f"{there}/bad")
    assert "redirects more than" in last


def test_what_is_there_stays_when_it_must(http, place):
    assert http.put(f"{place}/a", content=b"old").status_code == 201
    with other_server(Behaviour(DATA)) as there:
        last = copy(http, f"{place}/a", source=f"{there}/a", overwrite="F")
        assert last.startswith("failure: ")
        assert http.get(f"{place}/a").content == b"old"
        assert copy(http, f"{place}/a", source=f"{there}/a") == "success: Created"


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"source": "https://elsewhere.example/x"}, 403, "transfers.hosts"),
        ({"source": "http://localhost:1/x"}, 403, "must use https"),
        ({"source": "https://me:secret@localhost:1/x"}, 403, "must not hold a password"),
        ({"source": "ftp://localhost/x"}, 403, "is not an http or https URL"),
        ({"source": "https://localhost:1/x", "credential": "gridsite"}, 400, "Credential"),
        ({"source": "https://localhost:1/x", "destination": "/dav/lab/y"}, 400, "not both"),
    ],
    ids=["not-allowed", "plain", "password", "scheme", "delegation", "both"],
)
def test_what_is_refused_before_it_begins(http, place, headers, status, words):
    answer = http.request("COPY", f"{place}/x", headers=headers)
    assert answer.status_code == status, answer.text
    assert words in answer.text


def test_who_may_not_write_has_nothing_fetched(lab, place):
    behaviour = Behaviour(DATA)
    with other_server(behaviour) as there, lab.client(lab.ben) as ben:
        headers = {"source": f"{there}/x"}
        assert ben.request("COPY", f"{place}/x", headers=headers).status_code == 404
    with other_server(behaviour) as there, lab.client(None) as nobody:
        headers = {"source": f"{there}/x"}
        assert nobody.request("COPY", f"{place}/x", headers=headers).status_code == 401
    assert behaviour.seen == []


def test_a_client_that_leaves_ends_the_copy(lab, http, place):
    behaviour = Behaviour(DATA, stall=threading.Event())
    with other_server(behaviour) as there:
        with http.stream("COPY", f"{place}/x", headers={"source": f"{there}/x"}) as answer:
            assert answer.status_code == 202
            parts = lab.disk("/.waystation/parts")
            assert until(lambda: any(parts.iterdir()), 10)
        assert until(lambda: not any(parts.iterdir()), 30)
        behaviour.stall.set()
    assert http.head(f"{place}/x").status_code == 404


def test_a_file_on_tape_is_not_pushed(lab, http, adopted):
    with other_server(Behaviour()) as there:
        told = http.request(
            "COPY",
            f"{lab.house.url}/dav/{TAPES}/{adopted[5]}",
            headers={"destination": f"{there}/x"},
        )
    assert told.status_code == 409
    assert told.json()["code"] == "on-tape"
