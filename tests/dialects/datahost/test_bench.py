"""Rows 22 and 36: folders by the modern command, and what can be measured with it."""

import json
import os
import subprocess
import sys


def way(host, tmp_path, *words: str) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(tmp_path),
        "WAYSTATION_URL": host.house.url,
        "WAYSTATION_TOKEN": host.ana,
    }
    done = subprocess.run(
        [sys.executable, "-m", "waystation_client", *words],
        env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_row_36_the_bench_prints_the_limits_beside(host, tmp_path):
    told = way(host, tmp_path, "bench", "ana:/", "--size", "20", "--files", "300", "--json")
    figures = json.loads(told)["figures"]
    assert [each["what"].partition(":")[0] for each in figures] == [
        "limit", "limit", "limit", "one file up", "one file down", "300 files of 4 kB up",
        "300 files of 4 kB down",
    ]  # fmt: skip
    assert all(each["value"] > 0 for each in figures)
    assert not any("way-bench" in line for line in way(host, tmp_path, "ls", "ana:/").split())


def test_row_22_what_way_put_the_old_commands_get(host, tmp_path):
    name = host.name()
    (tmp_path / "tree/inner").mkdir(parents=True)
    (tmp_path / "tree/inner/file").write_bytes(b"content")
    way(host, tmp_path, "put", "-r", str(tmp_path / "tree"), f"ana:/{name}")
    host.login(tmp_path)
    said = host.run(tmp_path, "get", host.house.url, "ana", f"{name}/inner/file")
    assert (said.code, (tmp_path / "file").read_bytes()) == (0, b"content")
