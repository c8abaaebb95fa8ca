"""A Storage Element that is busy, breaks off, lies, redirects, or does not know us."""

import secrets
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from xrdhttp.testing import DirectoryStore, StorageServer

from certificates import Authority
from waystation.backends.storage.door.checks import checks
from waystation.backends.storage.door.config import DoorConfig
from waystation.backends.storage.door.door import Door
from waystation.backends.storage.door.storage import DoorStorage
from waystation.domains.hosting.errors import StorageFullError
from waystation.kernel.errors import UnavailableError
from waystation_testing.storage import MIB, get, part, put

TOKEN = "let-us-in"
DATA = secrets.token_bytes(2 * MIB + 3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    (tmp_path / "se").mkdir()
    with StorageServer(DirectoryStore(tmp_path / "se")) as running:
        running.tokens = {TOKEN}
        yield running


@pytest.fixture
def config(server, tmp_path) -> DoorConfig:
    (tmp_path / "token").write_text(TOKEN)
    place = f"{server.base}/ours"
    return DoorConfig(
        "elsewhere", place, tmp_path / "spool", token_file=tmp_path / "token", tries=3,
        timeout_s=10.0,
    )  # fmt: skip


@pytest.fixture
def storage(config) -> DoorStorage:
    made = DoorStorage(Door(config), "/space")
    made.make_folder("")
    return made


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("PUT", {"status": 503}),
        ("PUT", {"status": 500, "times": 2}),
        ("PUT", {"drop": True}),
        ("HEAD", {"status": 429}),
        ("HEAD", {"drop": True}),
    ],
    ids=["busy", "errors", "line broke", "too many", "line broke at the proof"],
)
def test_an_upload_survives(storage, server, method, fault):
    given = server.fault(method, **fault)
    found = put(storage, "a.dat", DATA)
    assert given not in server.faults, "it did not happen"
    assert get(storage, "a.dat", found) == DATA


def test_a_door_that_stays_busy_is_given_up_and_the_upload_can_be_finished_later(storage, server):
    given = server.fault("PUT", status=503, times=None)
    name = part()
    with (
        closing(storage.resume(name, expected=len(DATA))) as sink,
        pytest.raises(UnavailableError, match="503"),
    ):
        _send(sink, DATA)
    assert len([r for r in server.requests if r.method == "PUT"]) == 3, "tries"
    server.faults.remove(given)
    with pytest.raises(FileNotFoundError):
        storage.place(name, "a.dat", durable=True)
    with closing(storage.resume(name, expected=len(DATA))) as sink:
        assert sink.written == len(DATA)
        sink.finish(durable=True)
    assert get(storage, "a.dat", storage.place(name, "a.dat", durable=True)) == DATA
    assert storage.parts(2**40) == []


def _send(sink, data: bytes) -> None:
    sink.write(data)
    sink.finish(durable=True)


def test_a_wrong_or_missing_checksum_is_not_believed(storage, server, config):
    lie = {"Digest": "adler32=00000001"}
    found = put(storage, "a.dat", DATA)
    server.fault("HEAD", status=200, body=DATA, headers=lie, times=None)
    with pytest.raises(UnavailableError, match="other bytes"):
        put(storage, "b.dat", DATA)
    server.faults.clear()
    server.fault("HEAD", status=200, body=DATA, times=None)
    with pytest.raises(UnavailableError, match="no adler32"):
        put(storage, "b.dat", DATA)
    content = DoorStorage(Door(replace(config, checksums=False)), "/space")
    again = put(content, "b.dat", DATA)
    server.faults.clear()
    for each in (found, again):
        assert get(storage, "x", each) == DATA


def test_what_came_of_a_put_that_broke_off_is_sent_again(storage, server, tmp_path):
    name = part()
    stamp = storage.stamp(name)
    place = tmp_path / "se" / "ours" / storage._key(stamp)
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA[:1000])
    with closing(storage.receive(name, expected=len(DATA))) as sink:
        _send(sink, DATA)
    assert get(storage, "a.dat", storage.place(name, "a.dat", durable=True)) == DATA


def test_a_full_door_says_so(storage, server):
    server.fault("PUT", status=507, times=None)
    with pytest.raises(StorageFullError):
        put(storage, "a.dat", DATA)


def test_a_download_goes_on_where_the_line_broke(storage, server):
    found = put(storage, "a.dat", DATA)
    server.requests.clear()
    server.fault("GET", truncate=MIB, times=1)
    assert get(storage, "a.dat", found) == DATA
    assert len([r for r in server.requests if r.method == "GET"]) == 2


def test_a_redirect_is_followed_and_the_token_stays_behind(storage, server, tmp_path):
    found = put(storage, "a.dat", DATA)
    (tmp_path / "pool").mkdir()
    with StorageServer(DirectoryStore(tmp_path / "se")) as pool:
        where = f"{pool.base}/ours/{storage._key(found)}"
        server.fault("GET", status=307, headers={"Location": where})
        assert get(storage, "a.dat", found) == DATA
        [asked] = [r for r in pool.requests if r.method == "GET"]
        assert "authorization" not in {name.lower() for name in asked.headers}
        name = part()
        new = f"{pool.base}/ours/{storage._key(storage.stamp(name))}"
        server.fault("PUT", status=307, headers={"Location": new})
        with closing(storage.receive(name, expected=len(DATA))) as sink:
            _send(sink, DATA)
        assert [r.method for r in pool.requests if r.method == "PUT"]


def test_who_is_not_known_there_is_told_and_no_file_is_called_lost(config, tmp_path):
    (tmp_path / "token").write_text("a stranger's".replace(" ", "-"))
    storage = DoorStorage(Door(config), "/space")
    for call in (
        lambda: storage.make_folder(""),
        lambda: put(storage, "a.dat", b"x"),
        lambda: storage.open("a.dat", storage.stamp(part())),
    ):
        with pytest.raises(UnavailableError):
            call()
    [(good, words, _)] = checks(Door(config), "/space")
    assert not good
    assert "our folder" in words
    (tmp_path / "token").unlink()
    with pytest.raises(UnavailableError, match="token"):
        storage.make_folder("")


def test_a_door_is_believed_by_its_certificate_alone(tmp_path):
    authority, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other")
    host = authority.host()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(host.certificate, host.key)
    with StorageServer(tls=context) as server:
        url = server.base.replace("127.0.0.1", "localhost")
        config = DoorConfig("safe", url, tmp_path / "spool", tries=1, timeout_s=10.0)
        good = replace(config, ca_dir=authority.directory)
        assert [ok for ok, _, _ in checks(Door(good), "/x")] == [True]
        for wrong in (config, replace(config, ca_dir=other.directory)):
            [(ok, words, _)] = checks(Door(wrong), "/x")
            assert not ok
            assert "CERTIFICATE_VERIFY_FAILED" in words
