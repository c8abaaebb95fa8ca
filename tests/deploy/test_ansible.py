"""The shipped playbooks make a cluster of bare machines, and mend it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.cluster import (
    FRONT,
    NODES,
    NUMBERS,
    PLAY_S,
    PLAYBOOKS,
    ansible,
    changes,
    new_cluster,
)
from running import until

MISSING = os.geteuid() != 0 or not all(
    shutil.which(each, path="/usr/sbin:/usr/bin") for each in ("sshd", "slurmctld", "unshare")
)
pytestmark = pytest.mark.skipif(
    MISSING and os.environ.get("CI") != "true", reason="needs root, sshd and Slurm"
)
EXAMPLES = {"cluster": "existing", "openstack": "openstack"}
SEES = "hostname; id -un; ls -a /srv/cluster/session"


@pytest.mark.slow  # three runs of Ansible: about 100 s
def test_a_cluster_comes_up_stays_as_it_is_and_gets_a_lost_node_back(tmp_path):
    # The machines' users go through it.
    for place in (tmp_path, *tmp_path.parents[:-2]):
        place.chmod(0o755)
    with new_cluster(tmp_path) as cluster:
        changed = cluster.play()
        assert set(changed) == set(NUMBERS)
        assert all(changed.values())
        assert cluster.states() == dict.fromkeys(NODES, "idle")
        cluster.account()
        for kind in ("slurm", "arc"):
            node, user, *seen = cluster.ran(kind, SEES)
            assert node in NODES, kind
            assert user == "waystation"
            assert ".cluster" in seen
        cluster.front.run("ls", "/etc/hook-before", "/etc/hook-after")
        listening = cluster.front.run("ss", "-ltnpH")
        assert "slurmctld" in listening
        assert "arched" not in listening
        metrics = cluster.front.run("curl", "-sf", "http://127.0.0.1:9710/metrics")
        assert 'cluster_node_state{node="node2",state="idle"} 1' in metrics
        _a_node_that_is_not_well_is_drained_until_it_is(cluster)

        assert cluster.play() == dict.fromkeys(NUMBERS, 0)

        cluster.machines.remove("node2")
        stopped = cluster.attempt()
        assert stopped.returncode
        assert changes(stopped) == dict.fromkeys(NUMBERS, 0), "a host is away: it stops at once"
        cluster.machines.add("node2", NUMBERS["node2"])
        changed = cluster.play()
        assert changed[FRONT] == changed["node1"] == 0
        assert changed["node2"] > 0
        cluster.front.run("scontrol", "update", "nodename=node1", "state=drain", "reason=test")
        assert cluster.ran("slurm", "hostname") == ["node2"]
    assert not [each for each in Path("/proc").glob("[0-9]*/root") if _in_a_machine(each)]


def _a_node_that_is_not_well_is_drained_until_it_is(cluster):
    node, check = cluster.machines.up["node1"], "/usr/local/sbin/cluster-node-health"
    node.run("mount", "-t", "tmpfs", "tmpfs", "/srv/cluster")
    assert node.attempt(check).returncode == 1
    assert cluster.states()["node1"] == "drained"
    node.run("umount", "/srv/cluster")
    node.run(check)
    assert until(lambda: cluster.states()["node1"] == "idle", 30), cluster.states()
    cluster.front.run("scontrol", "update", "nodename=node1", "state=drain", "reason=somebody")
    node.run(check)
    assert cluster.states()["node1"] == "drained", "what somebody drained stays drained"
    cluster.front.run("scontrol", "update", "nodename=node1", "state=resume")


def _in_a_machine(root: Path) -> bool:
    try:
        return root.joinpath("srv/packages").is_mount()
    except OSError:
        return False


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS.glob("*.yml")), ids=lambda each: each.stem)
def test_ansible_reads_every_playbook(playbook, tmp_path):
    words = [ansible("ansible-playbook"), "--syntax-check", playbook.name]
    done = subprocess.run(
        [*words, "-i", f"inventory/{EXAMPLES[playbook.stem]}.yml"],
        cwd=PLAYBOOKS, env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True,
        check=False, timeout=PLAY_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
