"""A cluster of machines made for a test, by the shipped playbooks; and Waystation's user there."""

import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.machines import Machine, Machines

HOME = Path(__file__).parents[2]
PLAYBOOKS = HOME / "deploy" / "ansible"
FRONT, NODES = "front", ("node1", "node2")
NUMBERS = {FRONT: 10, "node1": 11, "node2": 12}
PLAY_S = 600.0
WAY = "/opt/waystation/.venv/bin/way"
URL = "http://127.0.0.1:8300"
RECAP = re.compile(r"^(\w+) +: ok=\d+ +changed=(\d+) ", re.MULTILINE)
# Connections that Ansible keeps open end with it.
ALONE = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
ACCOUNT = """
cd /var/lib/waystation
/opt/waystation/.venv/bin/waystation user add boss --admin --token | tail -n 1
"""


def ansible(program: str) -> str:
    """A program of Ansible's own environment, which is made when it is not there."""
    subprocess.run([HOME / "tools" / "ansible"], check=True, timeout=PLAY_S)
    return str(HOME / ".ansible" / "bin" / program)


def changes(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How much a run changed on each machine."""
    return {name: int(changed) for name, changed in RECAP.findall(done.stdout)}


@dataclass
class Cluster:
    """Machines, and the playbook for them."""

    machines: Machines
    home: Path
    inventory: Path
    token: str = field(default="", repr=False)
    plays: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def front(self) -> Machine:
        """The front end."""
        return self.machines.up[FRONT]

    def attempt(self) -> subprocess.CompletedProcess[str]:
        """Run the playbook, whatever comes of it."""
        words = [*self.machines.inside(), *ALONE, ansible("ansible-playbook")]
        # The names of ssh's sockets may have a hundred characters.
        with tempfile.TemporaryDirectory(prefix="ssh-", dir="/tmp") as short:
            told = {"HOME": str(self.home), "ANSIBLE_SSH_CONTROL_PATH_DIR": short}
            done = subprocess.run(
                [*words, "-i", str(self.inventory), "cluster.yml"],
                cwd=PLAYBOOKS,
                env={**os.environ, **told, "ANSIBLE_NOCOLOR": "1"},
                capture_output=True, text=True, check=False, timeout=PLAY_S,
            )  # fmt: skip
        (self.home / f"play-{next(self.plays)}.log").write_text(done.stdout)
        return done

    def play(self) -> dict[str, int]:
        """Run the playbook; how much it changed on each."""
        done = self.attempt()
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return changes(done)

    def account(self) -> None:
        """Make an administrator."""
        self.token = self.front.run("sh", "-c", ACCOUNT, user="waystation")

    def way(self, *words: str) -> str:
        """What the user's command prints, on the front end."""
        told = [f"WAYSTATION_URL={URL}", f"WAYSTATION_TOKEN={self.token}", "HOME=/tmp"]
        return self.front.run("env", *told, WAY, *words)

    def ran(self, cluster: str, command: str) -> list[str]:
        """Run a command as a job and wait for its end; the lines it wrote."""
        words = ["job", "run", "--cluster", cluster, "--time", "5m", "--wait"]
        said = self.way(*words, "--", "sh", "-c", command)
        found = re.search(r"Request (\d+): .* done", said)
        assert found, said
        return self.way("job", "logs", found[1]).splitlines()

    def states(self) -> dict[str, str]:
        """Slurm's word of each node."""
        lines = self.front.run("sinfo", "--noheader", "--Node", "--format=%N %T").splitlines()
        return dict(line.split() for line in lines)


@contextmanager
def packages(home: Path) -> Iterator[dict[str, object]]:
    """What a site without a way out has: a wheel of ours, an installer, and others' wheels."""
    uv = HOME / ".venv" / "bin" / "uv"
    cache = subprocess.check_output([uv, "cache", "dir"], text=True, timeout=PLAY_S).strip()
    subprocess.run([HOME / "tools" / "wheel", home / "wheel"], check=True, timeout=PLAY_S)
    # What the lock names comes into the cache, if it is not there; the rest is thrown away.
    words = [uv, "pip", "install", "--quiet", "--python", "/usr/bin/python3", "--require-hashes"]
    words += ["--target", home / "warm", "-r", HOME / "deploy" / "requirements.lock"]
    subprocess.run(words, check=True, timeout=PLAY_S)
    shutil.rmtree(home / "warm")
    (wheel,) = (home / "wheel").glob("*.whl")
    yield {"cache": Path(cache), "wheel": wheel, "uv": uv}


@contextmanager
def new_cluster(home: Path) -> Iterator[Cluster]:
    """Three machines as their installer left them, and an inventory of existing hosts."""
    with packages(home) as given, closing(Machines(home, given["cache"])) as machines:
        for name, number in NUMBERS.items():
            machines.add(name, number)
        there = Path("/proc", str(machines.up[FRONT].init), "root", "usr/local/bin/uv")
        shutil.copy(given["uv"], there)
        inventory = home / "inventory.json"
        inventory.write_text(json.dumps({"cluster": _cluster(machines, home, given["wheel"])}))
        yield Cluster(machines, home, inventory)


def _cluster(machines: Machines, home: Path, wheel: Path) -> dict[str, object]:
    """Variables of the test alone: nothing here has systemd, control groups or kernel NFS."""
    for when in ("before", "after"):
        mark = f"/etc/hook-{when}"
        task = {"ansible.builtin.command": {"cmd": f"touch {mark}", "creates": mark}}
        task |= {"name": when, "when": f"inventory_hostname == '{FRONT}'"}
        (home / f"{when}.yml").write_text(json.dumps([task]))
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    told = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(machines.ssh / "key"),
        "ansible_ssh_common_args": options,
        "cluster_before": str(home / "before.yml"),
        "cluster_after": str(home / "after.yml"),
        "cluster_shared_by": "given",
        "cluster_apt_update": False,
        "slurm_proctrack": "proctrack/linuxproc",
        "slurm_task": "task/none",
        "waystation_wheel": str(wheel),
        "waystation_installer": {
            "UV": "/usr/local/bin/uv",
            "UV_CACHE_DIR": "/srv/packages",
            "UV_OFFLINE": "1",
            "UV_LINK_MODE": "symlink",
        },
    }
    hosts = {name: {"ansible_host": each.address} for name, each in machines.up.items()}
    groups = {"frontend": [FRONT], "compute": NODES}
    return {
        "vars": told,
        "children": {
            group: {"hosts": {name: hosts[name] for name in names}}
            for group, names in groups.items()
        },
    }
