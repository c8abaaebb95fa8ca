"""Bad days of an ARC computing element: its credentials, its lists, its files and its disk."""

import os
import resource
import ssl
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from certificates import Authority, proxy
from contracts.test_batch_arc import TOKEN, Seven
from crash.world import HandClock
from waystation.backends.batch.arc_internal.batch import InternalBatch, InternalConfig
from waystation.backends.batch.arc_rest.batch import RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.backends.batch.hands.bring import bring
from waystation.domains.jobs.entities import RunState
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.arc.rest import RestSite
from waystation_testing.batch import ended, patiently, shell, submitted

KIB = 2**10
LARGE = f"head -c {256 * KIB} /dev/zero | tr '\\0' x >large; echo done >small"
WAITS = "echo ran >>count; until [ -e go ]; do sleep 0.05; done"


class Guarded(Seven):
    """The look-alike by HTTPS, which lets in those who show a proxy; and a clock of ours."""

    def __init__(self, home, authority):
        self.authority = authority
        self.clock = HandClock()
        self.clock.at = SystemClock().now()
        self.alice = authority.person("alice", "/DC=test/CN=Alice")
        self.file = home / "proxy.pem"
        host = authority.host()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(host.certificate, host.key)
        tls.load_verify_locations(capath=authority.directory)
        tls.verify_mode = ssl.CERT_OPTIONAL
        tls.verify_flags |= ssl.VerifyFlags.VERIFY_ALLOW_PROXY_CERTS
        super().__init__(RestSite(home / "site", TOKEN, tls), home)

    def renew(self, days=1):
        """A new proxy is in the file; its serial number."""
        made = proxy(self.alice, f"proxy-{os.urandom(4).hex()}", days=days)
        self.file.write_bytes(made.pem.read_bytes())
        self.file.chmod(0o600)
        return x509.load_pem_x509_certificate(made.certificate.read_bytes()).serial_number

    def batch(self, **more):
        given = {"url": self.site.url, "proxy": self.file, "ca_dir": self.authority.directory}
        return RestBatch(RestConfig("arc", **given, **more), self.clock, self.home / "state")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def guarded(tmp_path, authority):
    made = Guarded(tmp_path, authority)
    with closing(made.site):
        yield made


@pytest.fixture
def world(tmp_path):
    with closing(RestSite(tmp_path / "site", TOKEN)) as site:
        yield Seven(site, tmp_path)


@pytest.fixture
def batch(world):
    with closing(world.batch()) as made:
        yield made


# -------------------------------------------------------------------------------- credentials


def test_a_proxy_ends_in_mid_run_and_the_job_is_followed_with_the_next(guarded):
    first = guarded.renew()
    one = shell(guarded, WAITS)
    with closing(guarded.batch()) as batch:
        handle = submitted(guarded, batch, [one])[one.key]
        patiently(guarded, lambda: batch.look({handle: one.folder})[handle].state
                  is RunState.RUNNING)  # fmt: skip
        assert set(guarded.site.shown) == {first}
        guarded.clock.forward(days=2)
        for call in (
            lambda: batch.look({handle: one.folder}),
            lambda: batch.submit([shell(guarded, "true")]),
            batch.depth,
        ):
            with pytest.raises(BatchUnavailableError, match="Our proxy for arc ended at 20"):
                call()
        second = guarded.renew(days=9)
        (place,) = (guarded.site.home / "session").glob("*")
        (place / "go").touch()
        seen = ended(guarded, batch, {handle: one.folder})[handle]
        assert seen.state is RunState.DONE, "it was neither stopped nor lost"
        assert set(guarded.site.shown) == {first, second}
        assert batch.fetch({handle: one.folder}) == {}
        assert (one.folder / "count").read_text() == "ran\n"
        assert len(guarded.site.element.jobs) == 1


def test_a_proxy_that_is_half_written_is_read_again(guarded):
    guarded.renew()
    whole = guarded.file.read_bytes()
    with closing(guarded.batch()) as batch:
        for said in (whole[:100], whole[: len(whole) // 2], b""):
            guarded.file.write_bytes(said)
            with pytest.raises(BatchUnavailableError):
                batch.depth()
        guarded.file.write_bytes(whole)
        assert batch.depth().open


# ---------------------------------------------------------------------------------- its lists


def test_a_job_that_is_listed_twice_with_two_states_is_not_over(world, batch):
    one = shell(world, WAITS)
    handle = submitted(world, batch, [one])[one.key]
    world.site.twice = "FINISHED"
    for _ in range(3):
        assert batch.look({handle: one.folder})[handle].state is RunState.RUNNING
    assert batch.find([one]) == {one.key: handle}
    (place,) = (world.site.home / "session").glob("*")
    (place / "go").touch()
    patiently(world, lambda: batch.look({handle: one.folder})[handle].state is RunState.DONE)
    world.site.twice = "RUNNING"
    assert batch.look({handle: one.folder})[handle].state is RunState.RUNNING, "told again later"
    world.site.twice = ""
    assert ended(world, batch, {handle: one.folder})[handle].state is RunState.DONE


# ---------------------------------------------------------------------------------- its files


def done(world, batch, one):
    handle = submitted(world, batch, [one])[one.key]
    assert ended(world, batch, {handle: one.folder})[handle].state is RunState.DONE
    return {handle: one.folder}


@contextmanager
def small_files(most):
    """Files of this process cannot grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_output_that_is_cut_on_its_way_is_brought_again(world, batch):
    one = shell(world, LARGE)
    runs = done(world, batch, one)
    world.site.cut = 2
    for _ in range(2):
        with pytest.raises(BatchUnavailableError):
            batch.fetch(runs)
    assert batch.fetch(runs) == {}
    assert (one.folder / "large").stat().st_size == 256 * KIB
    assert (one.folder / "small").read_text() == "done\n"
    assert not list(one.folder.glob("*.part")), "nothing is left of what was cut"


def test_our_disk_is_full_when_an_output_comes(world, batch):
    one = shell(world, LARGE)
    runs = done(world, batch, one)
    with small_files(64 * KIB), pytest.raises(BatchUnavailableError, match="File too large"):
        batch.fetch(runs)
    assert not (one.folder / "large").exists(), "it has its name when it is whole"
    assert batch.fetch(runs) == {}
    assert (one.folder / "large").stat().st_size == 256 * KIB


def test_an_output_that_is_not_as_long_as_it_was_is_not_taken(tmp_path):
    """As when somebody still writes it. The kernel makes these files while they are read."""
    session = Path("/proc/sys/kernel/random")
    assert (session / "uuid").stat().st_size == 0
    with pytest.raises(OSError, match="changed while it was copied"):
        bring(session, tmp_path, None)
    assert not list(tmp_path.iterdir()), "nothing of it has its name"


# ----------------------------------------------------------------------------------- its disk

JOB, OTHER = "SWsMDmwVBpAo", "OTherDmwVBpAo"


class Disk:
    """A control directory as A-REX leaves it; nobody works on it."""

    patience_s = 30.0

    def __init__(self, home):
        self.home, self.place = home, home / "control"
        for name in ("accepting", "processing", "finished", "restarting"):
            (self.place / name).mkdir(parents=True)
        (self.place / "gm-heartbeat").touch()
        self.conf = home / "arc.conf"
        self.conf.write_text(f"[arex]\ncontroldir={self.place}\n")

    def folder(self, key):
        place = self.home / key
        place.mkdir()
        return place

    def batch(self, **more):
        config = InternalConfig("arc", conf=self.conf, **more)
        return InternalBatch(config, SystemClock(), self.home / "state")

    def program(self, text):
        place = self.home / f"program-{os.urandom(4).hex()}"
        place.write_text(f"#!/bin/sh\n{text}\n")
        place.chmod(0o755)
        return str(place)

    def says(self, job, state=None, local=None, description=None):
        files = {f"processing/job.{job}.status": state, f"job.{job}.local": local,
                 f"job.{job}.description": description}  # fmt: skip
        for name, text in files.items():
            if text is None:
                (self.place / name).unlink(missing_ok=True)
            else:
                (self.place / name).write_text(text)


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


@pytest.mark.parametrize(
    ("state", "local", "stands"),
    [
        (None, None, RunState.GONE),
        ("INLRMS", "", RunState.UNKNOWN),
        ("INLRMS", "globalid=x\n", RunState.UNKNOWN),
        (None, "", RunState.UNKNOWN),
        ("", "jobname=t-1\nsessiondir=/none\n", RunState.UNKNOWN),
        (None, "jobname=t-1\nsessiondir=/none\n", RunState.UNKNOWN),
        ("INLRMS", "jobname=t-1\nsessiondir=/none\n", RunState.QUEUED),
    ],
)
def test_what_a_full_disk_cut_off_is_unknown_and_never_gone(disk, state, local, stands):
    disk.says(JOB, state, local)
    seen = disk.batch().look({JOB: disk.home})[JOB]
    assert seen.state is stands
    if stands is RunState.UNKNOWN:
        assert seen.words == "A-REX' control directory does not say how it stands."
    if stands is RunState.UNKNOWN and "sessiondir" not in (local or ""):
        with pytest.raises(BatchUnavailableError, match="cannot be read now"):
            disk.batch().fetch({JOB: disk.home})


def test_a_job_without_state_has_ended_when_its_guard_says_so(disk):
    """A-REX takes the old word away before it writes the new one, and then its disk is full."""
    session = disk.home / "session"
    (session / ".way").mkdir(parents=True)
    disk.says(JOB, None, f"jobname=t-1\nsessiondir={session}\n")
    assert disk.batch().look({JOB: disk.home})[JOB].state is RunState.UNKNOWN
    told = '{"code":3,"why":"","words":"","began":1.0,"ended":2.0,"node":"n","cpu_s":0,"peak":0}'
    (session / ".way" / "ended").write_text(told)
    seen = disk.batch().look({JOB: disk.home})[JOB]
    assert (seen.state, seen.exit_code) == (RunState.FAILED, 3)


def test_a_job_whose_name_was_cut_off_is_found_by_its_description_or_not_sent_again(disk):
    calls = disk.home / "calls"
    batch = disk.batch(helper=disk.program(f"echo called >>{calls}; exit 1"))
    one = shell(disk, "true")
    with pytest.raises(BatchUnavailableError, match="INTERNAL interface failed"):
        batch.submit([one])  # A-REX may have it: the answer was lost
    disk.says(JOB, "ACCEPTED", "")
    for call in (batch.find, batch.submit):
        with pytest.raises(BatchUnavailableError, match=f"file about {JOB} cannot be read") as it:
            call([one])
        assert "full" in it.value.advice
    assert calls.read_text() == "called\n"
    name = f"<ActivityIdentification>\n  <Name>{one.key}</Name>"
    disk.says(JOB, "ACCEPTED", "", f"<ActivityDescription>{name}")
    assert batch.find([one]) == {one.key: JOB}
    assert batch.submit([one])[one.key].handle == JOB
    assert calls.read_text() == "called\n", "it was not sent twice"


def test_a_job_of_others_without_a_name_is_in_nobodys_way(disk):
    """Only where an answer was lost it matters what it is."""
    disk.says(OTHER, "ACCEPTED", "")
    batch = disk.batch(helper=disk.program("exit 1"))
    one = shell(disk, "true")
    assert batch.find([one]) == {}
    with pytest.raises(BatchUnavailableError, match="INTERNAL interface failed"):
        batch.submit([one])


def test_a_rex_that_is_slow_is_let_go_in_time(disk):
    slow = disk.program("exec sleep 60")
    batch = disk.batch(helper=slow, gm_jobs=slow, timeout_s=0.2)
    disk.says(JOB, "INLRMS", "jobname=t-1\nsessiondir=/none\n")
    for call in (
        lambda: batch.submit([shell(disk, "true")]),
        lambda: batch.cancel([JOB]),
        lambda: batch.clean([JOB]),
    ):
        with pytest.raises(BatchUnavailableError, match=r"did not answer within 0\.2 seconds"):
            call()
    beat = disk.place / "gm-heartbeat"
    late = beat.stat().st_mtime - timedelta(minutes=10).total_seconds()
    os.utime(beat, (late, late))
    depth = batch.depth()
    assert not depth.open
    assert "has said nothing for" in depth.words
