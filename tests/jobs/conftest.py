"""A house that runs jobs, and a node that does."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jobs.yard import Yard
from running import House, new_house, until


@pytest.fixture
def yard(dsn, tmp_path) -> Iterator[Yard]:
    """A house with one cluster of four cores: this machine."""
    made = Yard(dsn, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="package")
def node() -> Iterator[House]:
    """A node with a tape library, a space on disk, and this machine as its cluster."""
    with tempfile.TemporaryDirectory(prefix="ws-jobs-", dir="/tmp") as disk:
        (Path(disk) / "drop").mkdir()
        variables = {
            "WAYSTATION_STORES__DISK__ROOT": disk,
            "WAYSTATION_JOBS__CLUSTERS": '{"here": {"kind": "local", "cores": 4}}',
            "WAYSTATION_JOBS__SOURCES": json.dumps(
                {
                    "drop": {
                        "kind": "directory",
                        "account": "admin",
                        "path": f"{disk}/drop",
                        "poll_s": 0.5,
                    }
                }
            ),
            "WAYSTATION_JOBS__PRESETS": json.dumps(
                {"Sort a list": {"command": "sort {item}", "inputs": "lab:/raw/{item}"}}
            ),
            "WAYSTATION_JOBS__POLL_S": "0.5",
        }
        with new_house(directories=1, files_each=20, **variables) as house:
            house.command("space", "add", "lab", "--owner", house.name, "--store", "disk")
            with house.client() as http:
                assert until(lambda: _open(http), 30), house.log[-2000:]
            yield house


def _open(http: httpx.Client) -> bool:
    found = http.get("/clusters").json()["clusters"]
    return [each["state"] for each in found] == ["open"]
