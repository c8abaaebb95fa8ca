"""The demonstration by each face of its tape library, as a person runs it."""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from waystation.bootstrap.demo.faces import FACES
from waystation.bootstrap.demo.report import Outcome, wrong_files
from waystation.bootstrap.demo.source import digests


def demo(home, tree, *words):
    """Run it to its end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WAYSTATION_")}
    places = ["--home", str(home), "--from", str(tree)]
    return subprocess.run(
        [sys.executable, "-m", "waystation", "demo", "--once", *places, *words],
        env={**kept, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    chance = random.Random(2)
    made = tmp_path_factory.mktemp("tree")
    for run in range(4):
        (made / f"run{run}").mkdir()
        for n in range(6):
            (made / f"run{run}" / f"f {n}").write_bytes(chance.randbytes(20_000))
    return made


@pytest.fixture
def home():
    with tempfile.TemporaryDirectory(prefix="ws-demo-", dir="/tmp") as made:
        Path(made).chmod(0o755)  # the database's own user must come through
        yield Path(made) / "demo"


@pytest.mark.slow
@pytest.mark.parametrize("face", FACES)
def test_every_byte_is_right_by_each_face(home, tree, face):
    done = demo(home, tree, "--face", face)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "12 of 12 files" in done.stdout
    assert "every byte is right" in done.stdout
    assert "300 files went up and came back, every byte is right" in done.stdout
    assert "posted its output by its proxy, every byte is right" in done.stdout
    assert "4 jobs read their inputs from tape and left a result, every result is right" in (
        done.stdout
    )
    assert f"face: {FACES[face].words}" in done.stdout


def test_an_unknown_face_is_told_with_those_that_there_are(home, tree):
    done = demo(home, tree, "--face", "hpss")
    assert done.returncode != 0
    assert "There is no face 'hpss'" in done.stderr
    assert ", ".join(FACES) in done.stderr
    assert not home.exists()


def test_one_wrong_byte_is_found(tree):
    files = sorted(file for file in tree.rglob("*") if file.is_file())[:2]
    copy = tree.parent / "copy"
    copy.write_bytes(files[0].read_bytes()[:-1] + b"?")
    right = digests(files)
    shown = {copy: right[files[0]], files[1]: right[files[1]]}
    outcome = Outcome(shown, 1.0, 1.0, mounts=None, state="complete", face="eeadm")
    assert wrong_files(outcome) == [copy]
