"""ARC's REST interface in the words of ARC 7, with tokens, and its answers on bad days."""

import base64
import os
import pwd
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from certificates import Authority, proxy
from real.arc_journey import Place, echo, journey
from waystation.backends.batch.arc import description
from waystation.backends.batch.arc_internal.control import Control, control_of
from waystation.backends.batch.arc_rest.batch import RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.backends.batch.arc_rest.delegation import sign
from waystation.backends.batch.arc_rest.wire import Wire, _several, _text
from waystation.backends.batch.hands import bundle
from waystation.backends.batch.hands.bring import bring
from waystation.backends.batch.hands.folder import Owner, tail
from waystation.domains.jobs.entities import Resources, RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.arc.rest import RestSite
from waystation_testing.batch import ended, ran, shell, submitted, task

TOKEN = "token-of-the-tests"


class Seven(Place):
    """The look-alike."""

    def __init__(self, site, home):
        self.site, self.home = site, home
        (home / "jobs").mkdir()
        self.token = home / "token"
        self.token.write_text(f"{TOKEN}\n")

    def folder(self, key):
        place = self.home / "jobs" / key
        place.mkdir()
        return place

    def batch(self, **more):
        more = {"url": self.site.url, "token_file": self.token, **more}
        return RestBatch(RestConfig("arc", **more), SystemClock(), self.home / "state")


@pytest.fixture
def world(tmp_path):
    with closing(RestSite(tmp_path / "site", TOKEN)) as site:
        yield Seven(site, tmp_path)


@pytest.fixture
def batch(world):
    with closing(world.batch()) as made:
        yield made


def test_the_whole_way(world, batch):
    journey(world, batch)
    assert Wire(RestConfig("arc", world.site.url, token_file=world.token)).version() == "1.1"
    assert batch.depth().slots == 8


def test_an_answer_that_was_lost(world, batch):
    tasks = [shell(world, "echo ran >>count"), task(world, "true")]
    world.site.lose = 1
    with pytest.raises(BatchUnavailableError):
        batch.submit(tasks)
    assert len(world.site.element.jobs) == 2
    with closing(world.batch()) as other:
        handles = submitted(world, other, tasks)
        assert handles == other.find(tasks) == batch.find(tasks)
        ended(world, other, {handles[one.key]: one.folder for one in tasks})
        assert submitted(world, other, tasks) == handles
        assert other.fetch({handles[tasks[0].key]: tasks[0].folder}) == {}
    assert len(world.site.element.jobs) == 2
    assert (tasks[0].folder / "count").read_text() == "ran\n"


def test_no_room_is_no_refusal(world, batch):
    first, second = task(world, "true"), task(world, "true")
    world.site.element.most = 1
    assert set(batch.submit([first, second])) == {first.key}
    assert set(batch.find([first, second])) == {first.key}
    world.site.element.most = 2
    assert set(submitted(world, batch, [first, second])) == {first.key, second.key}


@pytest.mark.parametrize("said", ["other", f"{TOKEN}-read-only"], ids=["wrong", "limited"])
def test_rights_that_are_missing_are_said(world, batch, said):
    world.token.write_text(said)
    with pytest.raises(BatchUnavailableError, match=r"40[13]") as told:
        batch.submit([task(world, "true")])
    assert told.value.advice
    assert TOKEN not in str(told.value)
    assert not world.site.element.jobs


def test_a_token_is_read_again(world, batch):
    for said in ("ended", "", "\n", "ü"):
        world.token.write_text(said)
        with pytest.raises(BatchUnavailableError):
            batch.look({"abcdefgh": world.home})
    world.token.write_text(TOKEN)
    assert batch.look({"abcdefgh": world.home})["abcdefgh"].state is RunState.GONE
    world.token.unlink()
    assert batch.check_config()
    with pytest.raises(BatchUnavailableError):
        batch.depth()


def test_nobody_there_is_no_news(world, batch):
    world.site.close()
    for call in (batch.depth, lambda: batch.submit([task(world, "true")])):
        with pytest.raises(BatchUnavailableError):
            call()
    assert batch.objection(replace(task(world, "true"), resources=Resources(gpus=1)))


def test_both_dialects_of_lists_are_read(world, batch):
    (sight,) = ran(world, batch, echo(world))
    assert sight.state is RunState.DONE
    for told, found in (({}, []), ({"file": "a"}, ["a"]), ({"file": ["a", "b"]}, ["a", "b"])):
        assert _several(told, "file") == found
    assert _text("Ã¼") == "ü"
    assert _text("日本") == "日本"
    assert _text("é") == "é"


def test_what_a_rex_6_asks_to_be_signed(tmp_path):
    """Its requests have 2 where the version is; made here from a right one."""
    key = rsa.generate_private_key(65537, 2048)
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = bytearray(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    place = bytes(request).index(b"\x02\x01\x00")
    request[place + 2] = 2
    pem = b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(bytes(request))
    pem += b"-----END CERTIFICATE REQUEST-----\n"
    alice = proxy(Authority(tmp_path).person("alice", "/DC=test/CN=Alice"), "alice-proxy")
    now = datetime.now(UTC)
    signed = sign(pem, alice.pem.read_bytes(), now)
    chain = x509.load_pem_x509_certificates(signed.pem)
    assert chain[0].public_key() == key.public_key()
    chain[0].verify_directly_issued_by(chain[1])
    assert len(chain) == 3
    assert now < signed.until <= now + timedelta(days=2)
    with pytest.raises(ValueError, match=r".+"):
        sign(b"no request", alice.pem.read_bytes(), now)


def test_nothing_of_a_job_is_in_its_description(world):
    one = echo(world)
    text = description.xrsl(one, "/usr/bin/python3", '/a "quoted" (path)')
    assert one.name not in text
    assert "HOSTILE" not in text
    assert '"/a ""quoted"" (path)"' in text
    assert bundle.comes_home("out/a", ("out/",))
    assert not bundle.comes_home("outer", ("out",))
    assert bundle.comes_home("deep/a.fits", ("**/*.fits",))
    assert not bundle.comes_home("deep/a.fits", ("*.fits",))
    assert not bundle.comes_home(".way/task", ())


def test_a_control_directory_is_read_without_following_links(tmp_path):
    (tmp_path / "secret").write_text("jobname=stolen\n")
    for name in ("accepting", "processing", "finished", "restarting"):
        (tmp_path / name).mkdir()
    (tmp_path / "job.abcdef1.local").symlink_to(tmp_path / "secret")
    (tmp_path / "job.abcdef2.local").write_text("jobname=t-1\nsessiondir=/x\nno line\n")
    (tmp_path / "processing" / "job.abcdef2.status").write_text("PENDING:INLRMS\n")
    control = Control(tmp_path)
    assert control.named(["stolen", "t-1"]) == {"t-1": "abcdef2"}
    found = control.entries(["abcdef1", "abcdef2", "../x"])
    assert list(found) == ["abcdef2"]
    assert found["abcdef2"].state == "INLRMS"
    conf = tmp_path / "arc.conf"
    conf.write_text(f"[common]\ncontroldir=/wrong\n[arex]\n controldir = {tmp_path}\n")
    assert control_of(conf) == tmp_path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read what a job's user cannot")
def test_a_job_cannot_have_others_files_brought(tmp_path):
    """It may change what A-REX' files say about its session."""
    nobody = pwd.getpwnam("nobody")
    owner = Owner(nobody.pw_uid, nobody.pw_gid)
    session, folder = tmp_path / "session", tmp_path / "folder"
    for each in (session, session / "sub", folder):
        each.mkdir()
    (session / "secret").write_text("secret")
    (session / "stdout").write_text("secret")
    with pytest.raises(PermissionError):
        bring(session, folder, owner)
    for each in (session, session / "sub"):
        os.chown(each, *[owner.uid, owner.gid])
    (session / "own").write_text("own")
    os.chown(session / "own", owner.uid, owner.gid)
    (session / "sub" / "link").symlink_to("/etc/shadow")
    bring(session, folder, owner)
    assert {each.name for each in folder.iterdir()} == {"own"}
    assert tail(session, "stdout", 0, 9, owner) == b""
    assert tail(session, "stdout", 0, 9) == b"secret"
