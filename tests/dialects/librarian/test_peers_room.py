"""Room in the staging area that other librarians are promised."""

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dialects.librarian.test_peers import batch, here, item

__all__ = ["here"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk: run as root")
def test_room_in_the_staging_area_is_promised_once(here):
    """To two who ask at once, too; what does not come gives it back."""
    disk = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "none", str(here.staging)]
    subprocess.run(disk, check=True)
    try:
        large, gate = bytes(600_000), threading.Barrier(2)

        def ask(number: int) -> tuple[int, dict]:
            gate.wait(20)
            return here.post("clone/batch_stage", batch(item(number, f"large {number}", large)))

        with ThreadPoolExecutor(2) as pool:
            told = dict(pool.map(ask, (1, 2)))
        assert set(told) <= {201, 413}
        assert 413 in told, "both were promised the last bytes"
        if 201 not in told:  # each saw the other, and gave way
            told = dict([here.post("clone/batch_stage", batch(item(3, "large 3", large)))])
        (got,) = told[201]["uploads"]
        code, _ = here.post("clone/batch_stage", batch(item(4, "large 4", large)))
        assert code == 413
        ids = {key: got[key] for key in ("source_transfer_id", "destination_transfer_id")}
        assert here.post("clone/fail", {**ids, "reason": "the tape broke"})[1]["success"]
        code, _ = here.post("clone/batch_stage", batch(item(4, "large 4", large)))
        assert code == 201
    finally:
        subprocess.run(["umount", "-l", str(here.staging)], check=True)
