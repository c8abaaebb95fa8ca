"""Real clients, unchanged: gfal2, davix, rclone, curl and litmus, by HTTP and by grid proxy."""

import os
import re
import shutil
import subprocess
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from certificates import proxy
from dav.conftest import SPACE, Lab

DATA = os.urandom(2_000_003)


@dataclass
class Shell:
    """One client's way in.

    Attributes:
        base: URL of the space.
        variables: what grid tools look at.
    """

    lab: Lab
    base: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, fails: bool = False) -> str:
        if shutil.which(words[0]) is None:
            told = f"{words[0]} is not installed: see tools/system-packages"
            assert os.environ.get("CI") != "true", told
            pytest.skip(told)
        done = subprocess.run(
            words,
            env={**os.environ, "GFAL_PYTHONBIN": "/usr/bin/python3", **self.variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture(params=["token", "proxy"])
def shell(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Shell:
    (tmp_path / "a.dat").write_bytes(DATA)
    if request.param == "token":
        return Shell(lab, f"{lab.house.url}/dav/{SPACE}", tmp_path, {"BEARER_TOKEN": lab.ana})
    made = proxy(lab.signed, f"proxy-{os.urandom(3).hex()}")
    variables = {"X509_USER_PROXY": str(made.pem), "X509_CERT_DIR": str(lab.authority.directory)}
    return Shell(lab, f"https://localhost:{lab.grid_port}/dav/{SPACE}", tmp_path, variables)


def test_gfal2(lab, shell):
    at = re.sub("^http", "dav", shell.base) + lab.folder()
    local = f"file://{shell.folder}"
    shell.run("gfal-mkdir", "-p", f"{at}/x/y")
    shell.run("gfal-copy", "-p", "-K", "ADLER32", "--checksum-mode", "both",
              f"{local}/a.dat", f"{at}/x/y/a.dat")  # fmt: skip
    assert f"{zlib.adler32(DATA):08x}" in shell.run("gfal-sum", f"{at}/x/y/a.dat", "ADLER32")
    assert re.search(r"2000003 .* a\.dat", shell.run("gfal-ls", "-l", f"{at}/x/y"))
    shell.run("gfal-rename", f"{at}/x/y/a.dat", f"{at}/x/b.dat")
    shell.run("gfal-copy", f"{at}/x/b.dat", f"{local}/back.dat")
    assert (shell.folder / "back.dat").read_bytes() == DATA
    shell.run("gfal-copy", f"{local}/a.dat", f"{at}/x/b.dat", fails=True)
    shell.run("gfal-copy", "-f", f"{local}/a.dat", f"{at}/x/b.dat")
    shell.run("gfal-rm", "-r", f"{at}/x")
    assert "No such file" in shell.run("gfal-stat", f"{at}/x", fails=True)


def test_davix(lab, shell):
    at = shell.base + lab.folder()
    token = shell.variables.get("BEARER_TOKEN")
    ca, shown = str(lab.authority.directory), shell.variables.get("X509_USER_PROXY", "")
    who = ["-H", f"Authorization: Bearer {token}"] if token else ["--cert", shown, "--capath", ca]
    shell.run("davix-mkdir", *who, f"{at}/d")
    shell.run("davix-put", *who, "a.dat", f"{at}/d/a.dat")
    assert "2000003" in shell.run("davix-ls", "-l", *who, f"{at}/d")
    shell.run("davix-get", *who, f"{at}/d/a.dat", "back.dat")
    assert (shell.folder / "back.dat").read_bytes() == DATA
    shell.run("davix-rm", *who, f"{at}/d/a.dat")
    shell.run("davix-get", *who, f"{at}/d/a.dat", "none.dat", fails=True)


def test_rclone(lab, shell):
    folder = lab.folder()
    tree = shell.folder / "tree"
    (tree / "sub").mkdir(parents=True)
    for n in range(12):
        (tree / "sub" / f"f{n} ü").write_bytes(os.urandom(1000 * n))
    os.utime(tree / "sub" / "f1 ü", (1_000_000_000, 1_000_000_000))
    remote = f":webdav,url='{shell.base}{folder}',vendor=owncloud"
    token = shell.variables.get("BEARER_TOKEN")
    shown = shell.variables.get("X509_USER_PROXY", "")
    tls = ["--ca-cert", str(lab.authority.certificate), "--client-cert", shown, "--client-key",
           shown]  # fmt: skip
    remote += f",bearer_token={token}:" if token else ":"
    rclone = ["rclone", "--config", "/dev/null", *([] if token else tls)]
    shell.run(*rclone, "copy", str(tree), f"{remote}tree")
    assert "0 differences" in shell.run(*rclone, "check", "--download", str(tree), f"{remote}tree")
    assert "2001-09-09" in shell.run(*rclone, "lsl", f"{remote}tree")
    again = shell.run(*rclone, "sync", "-v", str(tree), f"{remote}tree")
    assert "nothing to transfer" in again, "size and time are what they were"
    shell.run(*rclone, "moveto", f"{remote}tree/sub/f2 ü", f"{remote}tree/g")
    shell.run(*rclone, "copyto", f"{remote}tree/g", f"{remote}tree/h")
    shell.run(*rclone, "purge", f"{remote}tree")
    assert not lab.disk(f"{folder}/tree").exists()


def test_curl(lab, shell):
    at = shell.base + lab.folder()
    token = shell.variables.get("BEARER_TOKEN")
    shown = shell.variables.get("X509_USER_PROXY", "")
    who = ["-H", f"Authorization: Bearer {token}"] if token else ["--cert", shown, "--key", shown]
    curl = ["curl", "-sS", "--fail", "--cacert", str(lab.authority.certificate), *who]
    shell.run(*curl, "-T", "a.dat", f"{at}/a.dat")
    shell.run(*curl, "-o", "part.dat", "-r", "100-199", f"{at}/a.dat")
    assert (shell.folder / "part.dat").read_bytes() == DATA[100:200]
    (shell.folder / "half.dat").write_bytes(DATA[:1_000_000])
    shell.run(*curl, "-C", "-", "-o", "half.dat", f"{at}/a.dat")
    assert (shell.folder / "half.dat").read_bytes() == DATA
    assert "404" in shell.run(*curl, f"{at}/none", fails=True)


def test_litmus(lab, tmp_path):
    """The WebDAV test suite of the neon library, without its locks: class 1 is claimed."""
    shell = Shell(
        lab, f"{lab.house.url}/dav/{SPACE}", tmp_path, {"TESTS": "basic copymove props http"}
    )
    said = shell.run("litmus", "-k", f"{shell.base}{lab.folder()}/", "ana", lab.ana)
    assert said.count("100.0%") == 4, said
