"""A real A-REX (Debian's) with its REST interface, in a folder and on a port of its own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from string import Template

from certificates import Authority, openssl
from real.slurm_site import ports
from running import _die_with_tests, until

USER = "games"
CONTROL = 8 * 2**20
"""Bytes of the disk of its control directory, for some dozens of jobs."""
UP_S, DOWN_S = 60.0, 40.0
HERE = Path(__file__).parent

CONFIG = Template("""\
[common]
hostname=localhost
x509_host_key=$home/host.key
x509_host_cert=$home/host.pem
x509_cert_dir=$authorities

[authgroup:all]
all=yes

[mapping]
map_to_user=all $user:$group

[authtokens]

[lrms]
lrms=fork

[arex]
controldir=$home/control
sessiondir=$home/session
logfile=$home/log/arex.log
joblog=$home/log/jobs.log
helperlog=$home/log/helper.log
pidfile=$home/run/arex.pid
tmpdir=$home/tmp
loglevel=3
wakeupperiod=1
maxjobs=10000 -1 -1 -1 -1
mail=$user@localhost

[arex/data-staging]
logfile=$home/log/staging.log

[arex/ws]
wsurl=https://localhost:$port/arex
logfile=$home/log/ws.log
pidfile=$home/run/arex-ws.pid
max_infosys_requests=10

[arex/ws/jobs]
allowaccess=all

[infosys]
logfile=$home/log/info.log
loglevel=WARNING

[infosys/glue2]
admindomain_name=tests

[infosys/cluster]

[queue:fork]
""")


class ArcSite:
    """It runs until `close`; jobs are USER's, on this machine.

    Args:
        control: bytes of the disk of its control directory; a job takes a tenth of a megabyte.
    """

    def __init__(self, control: int = CONTROL) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="arc-"))
        self.home.chmod(0o755)
        for name in ("control", "session", "log", "run", "tmp", "jobs"):
            (self.home / name).mkdir()
        (self.home / "tmp").chmod(0o1777)
        small = ["-t", "tmpfs", "-o", f"size={control}", "tmpfs", str(self.home / "control")]
        subprocess.run(["mount", *small], check=True)
        self.authority = Authority(self.home / "authority")
        self.host = self.authority.host()
        shutil.copy(self.host.certificate, self.home / "host.pem")
        shutil.copy(self.host.key, self.home / "host.key")
        (self.home / "host.key").chmod(0o400)
        (self.port,) = ports(1)
        self.url = f"https://localhost:{self.port}/arex"
        # Without it A-REX' REST interface computes one, for minutes.
        made = ["-out", self.home / "control" / "dhparam.pem", "-pkeyopt", "group:ffdhe2048"]
        openssl("genpkey", "-genparam", "-algorithm", "DH", *made)
        self.entry = pwd.getpwnam(USER)
        told = {"home": self.home, "user": USER, "group": USER, "port": self.port,
                "authorities": self.authority.directory}  # fmt: skip
        self.config = self.home / "arc.conf"
        self.config.write_text(CONFIG.substitute(told))
        for name in ("gm", "ws"):
            text = Template((HERE / f"arc_{name}.xml").read_text()).substitute(told)
            (self.home / "run" / f"{name}.xml").write_text(text)
        for place in (self.home, *self.home.rglob("*")):
            if self.authority.home not in (place, *place.parents):
                os.chown(place, self.entry.pw_uid, self.entry.pw_gid)
        self.up: list[subprocess.Popen[bytes]] = []
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """For its daemons and for clients on its machine."""
        return {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.home),
            "HOSTNAME": "localhost",
            "TMPDIR": str(self.home / "tmp"),
            "ARC_LOCATION": "/usr",
            "ARC_CONFIG": str(self.config),
            "X509_CERT_DIR": str(self.authority.directory),
            "X509_USER_CERT": str(self.home / "host.pem"),
            "X509_USER_KEY": str(self.home / "host.key"),
            "MALLOC_ARENA_MAX": "2",
        }

    def start(self) -> None:
        """Both daemons; also again."""
        run = self.home / "run"
        for name in ("arex", "arex-ws"):
            words = ["/usr/lib/arc/arcconfig-parser", "--config", str(self.config)]
            self.call([*words, "--runconfig", str(run / f"{name}.cfg"), "--save"])
        for name in ("gm", "ws"):
            with (self.home / "log" / f"{name}.out").open("ab") as out:
                self.up.append(
                    subprocess.Popen(
                        ["/usr/sbin/arched", "-f", "-c", str(run / f"{name}.xml")],
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=out,
                        env=self.environment,
                        cwd=self.home / "log",
                        user=self.entry.pw_uid,
                        group=self.entry.pw_gid,
                        extra_groups=[],
                        start_new_session=True,
                        preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
                    )
                )
        # In the foreground it writes none, and clients on its machine look for it.
        (run / "arex.pid").write_text(f"{self.up[0].pid}\n")
        assert until(self.answers, UP_S), self.said()

    def answers(self) -> bool:
        """Whether it takes jobs by both ways."""
        words = ["ss", "-ltn", f"sport = :{self.port}"]
        listens = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        there = (self.home / "run" / "arex.pid", self.home / "control" / "info.xml")
        return "LISTEN" in listens and all(each.exists() for each in there)

    def call(self, words: list[str]) -> str:
        """Run a command of it as its user."""
        done = subprocess.run(
            words,
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            user=self.entry.pw_uid,
            group=self.entry.pw_gid,
            extra_groups=[],
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> None:
        """End the daemons in order."""
        for child in self.up:
            child.send_signal(signal.SIGTERM)
        for child in self.up:
            with suppress(subprocess.TimeoutExpired):
                child.wait(DOWN_S)
            if child.poll() is None:
                child.kill()
                child.wait()
        self.up.clear()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Meanwhile its control directory has no room left."""
        filler = self.home / "control" / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(2**12)):
                pass
        yield
        filler.unlink()

    def said(self) -> str:
        """What it said last."""
        places = [*(self.home / "log").glob("*"), *self.home.glob("control/job.*.errors")]
        return "\n".join(f"{each.name}: {each.read_text(errors='replace')[-1500:]}"
                         for each in places)  # fmt: skip

    def close(self) -> None:
        """No job, no daemon and no file is left."""
        for began in self.home.glob("session/*/.way/began"):
            began.with_name("stop").touch()  # a job that a test left behind
        self.stop()
        subprocess.run(["umount", "--lazy", str(self.home / "control")], check=True)
        shutil.rmtree(self.home, ignore_errors=True)
