"""Row 25: a password from the desktop's keyring, where the package is there."""

import json
import os
from pathlib import Path

import pytest


def test_row_25_the_keyring_is_asked_before_the_terminal(host, tmp_path):
    pytest.importorskip("keyring")
    kept = {f"datahost:{host.house.url} ana": host.passwords["ana"]}
    (tmp_path / "secrets.json").write_text(json.dumps(kept))
    more = {
        "PYTHONPATH": f"{os.environ.get('PYTHONPATH', '')}:{Path(__file__).parent}",
        "PYTHON_KEYRING_BACKEND": "kept_secrets.FileKeyring",
        "KEPT_SECRETS": str(tmp_path / "secrets.json"),
    }
    said = host.run(tmp_path, "login", host.house.url, "ana", **more)
    assert (said.code, said.err) == (0, "")
    assert host.run(tmp_path, "ls", host.house.url, "ana").code == 0
    other = host.run(tmp_path, "login", host.house.url, "ben", stdin="wrong\n", **more)
    assert other.code == 3
