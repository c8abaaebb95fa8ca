"""The shipped systemd units: systemd itself reads them, and what they start is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.proxies import DEPLOY

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SHIPPED_AT = "/opt/waystation/.venv/bin/waystation"
COMMANDS_OF_TAPE_SYSTEMS = {"waystation.service", "waystation-worker@.service"}
SECTIONS = {"Unit", "Service", "Install"}
LOCKED_UP = {
    "NoNewPrivileges": "true",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "PrivateTmp": "true",
    "PrivateDevices": "true",
    "CapabilityBoundingSet": "",
}
PARTS = {"web", "grid", "mover", "mwa-staging", "stage-socket", "worker", "migrate", "up"}


def settings(unit: Path) -> dict[str, dict[str, str]]:
    """Sections of a unit; a line that is none of its parts is a mistake."""
    found: dict[str, dict[str, str]] = {}
    section = ""
    for line in unit.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1]
            assert section in SECTIONS
            assert section not in found
            found[section] = {}
            continue
        name, equals, value = line.partition("=")
        assert equals, line
        assert name not in found[section], f"{name} twice"
        found[section][name] = value
    return found


def command(unit: Path) -> list[str]:
    """What it starts, after the program, with its instance's name put in."""
    program, *words = settings(unit)["Service"]["ExecStart"].split()
    assert program == SHIPPED_AT
    return [word.replace("%i", "8301") for word in words]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_it_starts_is_a_command_of_ours(unit):
    words = [sys.executable, "-m", "waystation", *command(unit), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_every_process_of_a_node_has_its_unit():
    assert {command(unit)[0] for unit in UNITS} == PARTS
    children = (Path(__file__).parents[2] / "src/waystation/bootstrap/up.py").read_text()
    started = set(re.findall(r'children\.add\("[a-z-]+", "waystation", "([a-z-]+)"', children))
    assert started == PARTS - {"up", "migrate"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_is_started_again_and_locked_up(unit):
    service = settings(unit)["Service"]
    assert service["User"] == "waystation"
    # Who puts files into spaces lets the group read them: a proxy in front, which sends them.
    stores = {"web", "grid", "worker", "up"}
    assert service["UMask"] == ("0027" if command(unit)[0] in stores else "0077")
    assert service["StateDirectoryMode"] == "0700", "keys and the database are nobody else's"
    if service.get("Type") != "oneshot":
        assert service["Restart"] == "always"
        assert settings(unit)["Unit"]["StartLimitIntervalSec"] == "0"
    if unit.name in COMMANDS_OF_TAPE_SYSTEMS:
        # What forbids sudo, or ends the tape system's own recalls with the worker, would break it.
        assert service["KillMode"] == "process"
        assert not {"NoNewPrivileges", "RestrictSUIDSGID", "CapabilityBoundingSet"} & set(service)
    else:
        assert {name: service.get(name) for name in LOCKED_UP} == LOCKED_UP


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and os.environ.get("CI") != "true",
    reason="systemd is not installed",
)
def test_systemd_finds_nothing_wrong(tmp_path):
    here = Path(sys.prefix) / "bin" / "waystation"
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text().replace(SHIPPED_AT, str(here)))
        words = ["systemd-analyze", "verify", "--man=no", str(copy)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        said = [line for line in done.stderr.splitlines() if unit.stem in line]
        assert said == []
