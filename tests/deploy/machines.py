"""Machines for playbooks, made of this one: own roots, processes and network, all gone at the end.

Each is a root laid over this machine's (overlayfs, changes in memory) in namespaces of its own,
with an sshd. Nothing of them is seen outside: their network is a bridge in a namespace, and their
mounts end with their last process.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from running import _die_with_tests, until

NETWORK = "10.77.0"
UP_S = 60.0
SCRIPT = Path(__file__).with_name("machine.sh")


@dataclass
class Machine:
    """One that runs.

    Attributes:
        name: its host name.
        address: in the network of all.
        holder: process whose end is the end of all its processes.
        init: its process 1, as we number it.
    """

    name: str
    address: str
    holder: subprocess.Popen[str]
    init: int

    def run(self, *words: str, user: str = "", seconds: float = 120.0) -> str:
        """Run a command there; what it printed."""
        done = self.attempt(*words, user=user, seconds=seconds)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def attempt(
        self, *words: str, user: str = "", seconds: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command there, whatever comes of it."""
        become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
        return subprocess.run(
            [*_enter(self.init, "mount", "pid", "net", "uts", "ipc"), *(become if user else ()),
             *words],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip

    def remove(self) -> None:
        """As a machine that was deleted: all processes at once, and its disk."""
        _end(self.holder)
        assert until(lambda: not Path(f"/proc/{self.init}").exists(), UP_S), self.name


class Machines:
    """A network of machines; `close` ends all."""

    def __init__(self, home: Path, packages: Path) -> None:
        self.home, self.packages = home, packages
        self.ssh, self.shared = home / "ssh", home / "shared"
        for place in (self.ssh, self.shared):
            place.mkdir()
        self.shared.chmod(0o755)
        for name in ("host", "key"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.ssh / name)]
            subprocess.run(words, check=True, timeout=UP_S)
        self.up: dict[str, Machine] = {}
        self.wires = 0
        self.lan = _start(["unshare", "--net", "sleep", "infinity"], home / "lan.log")
        try:
            assert until(lambda: _apart(self.lan.pid), UP_S)
            self.ip("link", "set", "lo", "up")
            self.ip("link", "add", "lan", "type", "bridge", "forward_delay", "0")
            self.ip("address", "add", f"{NETWORK}.1/24", "dev", "lan")
            self.ip("link", "set", "lan", "up")
        except BaseException:
            self.close()
            raise

    def ip(self, *words: str) -> None:
        """Change the network of all."""
        subprocess.run([*self.inside(), "ip", *words], check=True, timeout=UP_S)

    def inside(self) -> list[str]:
        """Words before a command that has to reach the machines."""
        return _enter(self.lan.pid, "net")

    def add(self, name: str, number: int) -> Machine:
        """A machine as an installer leaves it; `number` is the end of its address."""
        log = self.home / f"{name}.log"
        words = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork"]
        words += ["--kill-child=KILL", "bash", str(SCRIPT), name, str(self.ssh)]
        holder = _start([*words, str(self.shared), str(self.packages)], log)
        try:
            up = until(lambda: "up\n" in log.read_text() or holder.poll() is not None, UP_S)
            assert up, log.read_text()
            assert holder.poll() is None, log.read_text()
            init = int(Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text())
            machine = Machine(name, f"{NETWORK}.{number}", holder, init)
            self._wire(machine, number)
        except BaseException:
            _end(holder)
            raise
        self.up[name] = machine
        return machine

    def _wire(self, machine: Machine, number: int) -> None:
        # A name that was never had: the kernel takes its time to remove that of a dead machine.
        # The card's number follows from the address, or others would send to the old one.
        self.wires += 1
        port, card = f"port{self.wires}", f"02:00:00:00:00:{number:02x}"
        self.ip("link", "add", port, "type", "veth", "peer", "name", "eth0",
                "address", card, "netns", str(machine.init))  # fmt: skip
        self.ip("link", "set", port, "master", "lan", "up")
        for words in (
            ("address", "add", f"{machine.address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
        ):
            subprocess.run([*_enter(machine.init, "net"), "ip", *words], check=True, timeout=UP_S)

    def remove(self, name: str) -> None:
        """Delete one."""
        self.up.pop(name).remove()

    def close(self) -> None:
        """Nothing of it is left: no process, no mount, no network."""
        for machine in self.up.values():
            machine.remove()
        self.up.clear()
        _end(self.lan)


def _start(words: Sequence[str], log: Path) -> subprocess.Popen[str]:
    with log.open("w") as out:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            text=True,
            start_new_session=True,
            preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
        )


def _end(holder: subprocess.Popen[str]) -> None:
    """Kill it; the kernel kills what is in its namespaces with its process 1."""
    if holder.poll() is None:
        os.kill(holder.pid, signal.SIGKILL)
    holder.wait(UP_S)


def _enter(pid: int, *namespaces: str) -> list[str]:
    words = ["nsenter", f"--target={pid}", *(f"--{each}" for each in namespaces)]
    return [*words, "--root", "--wd=/"] if "mount" in namespaces else words


def _apart(pid: int) -> bool:
    return Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
