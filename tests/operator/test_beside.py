"""The operator's commands beside a node that has its own database."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from console import CONSOLE
from waystation.backends.postgres.supervisor import EmbeddedPostgres


@pytest.fixture
def home():
    """The database is another user's when we are root: it must come here."""
    with tempfile.TemporaryDirectory(prefix="ws-beside-", dir="/tmp") as place:
        Path(place).chmod(0o755)
        yield Path(place)


@pytest.fixture
def command(home):
    config = home / "waystation.toml"
    config.write_text(f'data_dir = "{home}/data"\n')
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WAYSTATION_")}
    return lambda *words: CONSOLE.run(words, {**kept, "WAYSTATION_CONFIG": str(config)})


def test_commands_find_the_database_of_the_node_that_runs(command, home):
    node = EmbeddedPostgres(home / "data")
    try:
        node.start()
        command("migrate")
        assert len(command("user", "add", "bob").strip()) > 10
        assert command("user", "token", "bob").startswith("way_")
    finally:
        node.stop()


def test_a_node_that_does_not_run_is_said_in_words(command):
    with pytest.raises(subprocess.CalledProcessError) as problem:
        command("user", "add", "bob")
    said = problem.value.stderr
    assert problem.value.returncode == 1
    assert "does not run here" in said
    assert "waystation up" in said
    assert "Traceback" not in said
