"""The playbook for OpenStack against a look-alike of its APIs, by its own SDK."""

import json
import os
import subprocess
from collections import Counter

import pytest

from deploy.cluster import PLAY_S, PLAYBOOKS, ansible, changes
from running import free_port
from waystation_sim.openstack.cloud import Cloud
from waystation_sim.openstack.face import PASSWORD, USER
from waystation_sim.openstack.running import running

VOLUME = {"name": "shared", "size": 500, "path": "/srv/cluster"}
INVENTORY = {
    "all": {
        "vars": {"openstack_from": ["192.0.2.0/24"]},
        "children": {
            "cluster": {
                "children": {
                    "frontend": {"hosts": {"front": {"openstack_volumes": [VOLUME]}}},
                    "compute": {"hosts": {"node1": {}}},
                }
            }
        },
    }
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1dCBub3QgYSBrZXkgb2YgYW55Ym9keQ== tests"


@pytest.fixture
def cloud():
    made = Cloud()
    made.add("security-groups", {"name": "default"})
    made.made.clear()
    return made


@pytest.fixture
def play(cloud, tmp_path):
    """Runs the part that makes machines; how much it changed."""
    (tmp_path / "key.pub").write_text(KEY)
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps(INVENTORY))
    with running(cloud, free_port()) as url:
        told = {
            "HOME": str(tmp_path),
            "OS_AUTH_URL": url,
            "OS_USERNAME": USER,
            "OS_PASSWORD": PASSWORD,
            "OS_PROJECT_NAME": "science",
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}

        def run() -> int:
            words = [ansible("ansible-playbook"), "-i", str(inventory), "openstack.yml"]
            words += ["--skip-tags", "cluster", "-e", f"openstack_key={tmp_path}/key.pub"]
            done = subprocess.run(
                words, cwd=PLAYBOOKS, env={**kept, **told}, capture_output=True, text=True,
                check=False, timeout=PLAY_S,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
            return changes(done)["localhost"]

        yield run


def test_machines_are_made_with_their_volumes_and_made_again_when_one_is_lost(cloud, play):
    assert play() > 0
    servers = {each["name"]: each for each in cloud.find("servers", {})}
    assert set(servers) == {"waystation-front", "waystation-node1"}
    front = servers["waystation-front"]
    disks = {each["name"]: each["size"] for each in cloud.attached(front["id"])}
    assert disks == {"waystation-front-shared": 500}
    assert front["security_groups"] == [{"name": "waystation"}]
    (group,) = cloud.find("security-groups", {"name": "waystation"})
    rules = {(each["protocol"], each["port_range_min"], each["remote_ip_prefix"],
              each["remote_group_id"]) for each in group["security_group_rules"]
             if each["direction"] == "ingress"}  # fmt: skip
    assert rules == {("tcp", 22, "192.0.2.0/24", None), (None, None, None, group["id"])}

    made = Counter(cloud.made)
    assert play() == 0
    assert Counter(cloud.made) == made

    cloud.remove("servers", front["id"])
    assert play() > 0
    (again,) = cloud.find("servers", {"name": "waystation-front"})
    assert again["id"] != front["id"]
    assert {each["name"] for each in cloud.attached(again["id"])} == set(disks)
    assert Counter(cloud.made) - made == Counter(servers=1)
