"""A request for a million files: taken in one call, in bounded memory, with others served."""

import threading
import time
from pathlib import Path

import pytest

from running import new_house

MILLION = 1_000_000
MOST_KB = 500_000


@pytest.mark.slow
def test_a_million_files_in_one_request():
    # One tick of the worker's first steps may begin; its tape work is not what is measured here.
    with new_house(directories=1, files_each=4) as house:
        front = f"{house.site.cache}/survey/2026/raw"
        body = _body(front)
        slowest, stop = [0.0], threading.Event()
        others = threading.Thread(target=_ask, args=[house, slowest, stop])
        others.start()
        began = time.monotonic()
        with house.client(timeout=120) as http:
            answer = http.post("/stage-requests", content=body)
        took = time.monotonic() - began
        stop.set()
        others.join()
        assert answer.status_code == 201, answer.text[:500]
        assert answer.json()["files"] == MILLION
        peak = _peak_kb(house)
        print(
            f"{len(body) / 1e6:.0f} MB, {took:.1f} s, peak {peak / 1e3:.0f} MB, {slowest[0]:.2f} s"
        )
        assert peak < MOST_KB
        ((count, low, high),) = house.rows("SELECT count(*), min(n), max(n) FROM staging_item")
        assert (count, low, high) == (MILLION, 1, MILLION)


def _body(front: str) -> bytes:
    paths = ",".join(f'"{front}/obs-{n // 1000:04d}/file-{n:07d}.fits"' for n in range(MILLION))
    return f'{{"confirm": true, "paths": [{paths}]}}'.encode()


def _ask(house, slowest: list[float], stop: threading.Event) -> None:
    with house.client() as http:
        while not stop.wait(0.1):
            began = time.monotonic()
            http.get("/files/status", params={"path": house.paths[0]})
            slowest[0] = max(slowest[0], time.monotonic() - began)


def _peak_kb(house) -> int:
    text = Path(f"/proc/{house.pids('serving')[0]}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0])
