"""A real XRootD as the Storage Element behind a space; Debian's, in a network of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 300.0


@pytest.mark.skipif(
    os.getuid() != 0 and os.environ.get("CI") != "true",
    reason="needs root: sudo tools/system-packages, then the tests as root",
)
@pytest.mark.parametrize(
    "contract", ["xrootd_contract.py", "xrootd_engine_contract.py", "xrootd_two_sites.py"]
)
def test_xrootd_as_storage_as_engine_and_between_two_sites(contract):
    assert shutil.which("xrootd"), "tools/system-packages installs it"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:xdist"]
    inside = 'ip link set lo up && exec "$0" "$@"'
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", inside, *words, str(HERE / contract)],
        cwd=HERE.parent.parent, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
