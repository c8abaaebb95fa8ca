"""A real Slurm of one node (Debian's), in a folder and on ports of its own; root starts it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from running import _die_with_tests, until

USER = "games"
SLOTS = 16
UP_S, DOWN_S = 60.0, 30.0

CONFIG = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge.socket
CryptoType=crypto/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={port}
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_min_interval=50000,batch_sched_delay=0,sched_interval=1
ReturnToService=2
SlurmdParameters=config_overrides
MinJobAge=300
MaxArraySize=2001
MaxJobCount=20000
MessageTimeout=5
KillWait=2
InactiveLimit=0
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={node} CPUs={slots} RealMemory=8000
PartitionName=normal Nodes=node Default=YES MaxTime=INFINITE State=UP
PartitionName=closed Nodes=node MaxTime=INFINITE State=INACTIVE
"""


def ports(number: int) -> list[int]:
    """TCP ports that nobody has now."""
    trials = [socket.socket() for _ in range(number)]
    for each in trials:
        each.bind(("127.0.0.1", 0))
    found = [each.getsockname()[1] for each in trials]
    for each in trials:
        each.close()
    return found


class SlurmSite:
    """It runs until `close`; jobs are USER's."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.home.chmod(0o755)
        for name in ("state", "spool", "jobs"):
            (self.home / name).mkdir()
        (self.home / "munge.key").write_bytes(os.urandom(1024))
        (self.home / "munge.key").chmod(0o600)
        control, node = ports(2)
        self.config = self.home / "slurm.conf"
        told = CONFIG.format(home=self.home, host=socket.gethostname().partition(".")[0],
                             port=control, node=node, slots=SLOTS)  # fmt: skip
        self.config.write_text(told)
        self.up: dict[str, subprocess.Popen[bytes]] = {}
        self.start("munged", "-F", "--force", f"--key-file={self.home}/munge.key",
                   f"--socket={self.home}/munge.socket", f"--pid-file={self.home}/munged.pid",
                   f"--log-file={self.home}/munged.log", f"--seed-file={self.home}/munge.seed",
                   "--num-threads=2")  # fmt: skip
        socket_there = (self.home / "munge.socket").exists
        assert until(socket_there, UP_S), self.said()
        self.start_control()
        self.start("slurmd", "-D", "-N", "node", "-f", str(self.config))
        assert until(lambda: self.ask("sinfo", "-h", "-o", "%T") in {"idle", "mixed"}, UP_S), (
            self.said()
        )

    def start_control(self) -> None:
        """The controller; also again."""
        self.start("slurmctld", "-D", "-i", "-f", str(self.config))

    def start(self, program: str, *words: str) -> None:
        """One of its daemons, which ends with these tests."""
        with (self.home / f"{program}.out").open("ab") as out:
            self.up[program] = subprocess.Popen(
                [f"/usr/sbin/{program}", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SLURM_CONF": str(self.config)},
                cwd="/",
                start_new_session=True,
                preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
            )

    def stop(self, program: str) -> None:
        """End one of its daemons."""
        child = self.up.pop(program, None)
        if child is None:
            return
        child.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(DOWN_S)
        if child.poll() is None:
            child.kill()
            child.wait()

    def ask(self, *words: str) -> str:
        """What a command of it prints."""
        told = {"PATH": "/usr/bin:/bin", "SLURM_CONF": str(self.config)}
        done = subprocess.run(words, env=told, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def said(self) -> str:
        """What its daemons said last."""
        return "\n".join(
            f"{place.name}: {place.read_text(errors='replace')[-1500:]}"
            for place in (*self.home.glob("*.log"), *self.home.glob("*.out"))
        )

    def close(self) -> None:
        """No job and no daemon is left, nor any file."""
        self.ask("scancel", "--full", "-u", USER)
        until(lambda: not self.ask("squeue", "-h"), DOWN_S)
        for program in ("slurmd", "slurmctld", "munged"):
            self.stop(program)
        shutil.rmtree(self.home, ignore_errors=True)
