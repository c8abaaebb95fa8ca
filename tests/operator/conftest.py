"""The operator's command, run as a person runs it: its own process, its own settings file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def waystation(tmp_path: Path):
    """Runs `waystation` with settings as TOML text; gives the finished process."""

    def run(toml: str, *words: str) -> subprocess.CompletedProcess[str]:
        config = tmp_path / "waystation.toml"
        config.write_text(f'data_dir = "{tmp_path / "data"}"\n{toml}')
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WAYSTATION_")}
        return subprocess.run(
            [sys.executable, "-m", "waystation", *words],
            env={**kept, "WAYSTATION_CONFIG": str(config)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
