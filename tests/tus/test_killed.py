"""kill -9 of the web process in the middle of a piece: what HEAD says is true, and it goes on."""

import os
from contextlib import suppress

import httpx

from running import until
from tus.conftest import SPACE, summed
from tus.test_uploads import slow_patch

DATA = os.urandom(3_000_017)


def head(lab, url: str) -> int | None:
    with suppress(httpx.TransportError), lab.client() as http:
        answer = http.head(url)
        if answer.status_code == 200:
            return int(answer.headers["upload-offset"])
    return None


def killed_in(lab, url: str, start: int, **more: str) -> None:
    """Send two thirds of the rest in one piece, and kill who receives it."""
    with slow_patch(lab, url, start, len(DATA) - start, lab.ana, **more) as line:
        line.sendall(DATA[start:2_000_000])
        part = lab.disk(f".waystation/parts/{url.rpartition('/')[2]}.part")
        assert until(lambda: part.stat().st_size > start + 500_000, 20)
        lab.house.kill("serving")
    assert until(lab.house.answers, 60)


def test_it_goes_on_where_the_disk_ends(lab):
    with lab.client() as http:
        name = lab.name()
        url = lab.create(http, len(DATA), name).headers["location"]
    killed_in(lab, url, 0)
    came = head(lab, url)
    assert came is not None
    assert 500_000 < came <= 2_000_000
    with lab.client() as http:
        assert lab.patch(http, url, came, DATA[came:]).status_code == 204
        assert lab.disk(name).read_bytes() == DATA
        got = http.get(f"/dav/{SPACE}/{name}", headers={"Want-Digest": "adler32"})
    assert got.content == DATA
    assert "digest" in got.headers, "it is the file that was stored"


def test_bytes_that_were_not_proved_do_not_count(lab):
    with lab.client() as http:
        name = lab.name()
        url = lab.create(http, len(DATA), name, content=DATA[:1000]).headers["location"]
    killed_in(lab, url, 1000, **{"Upload-Checksum": summed(DATA[1000:])})
    assert head(lab, url) == 1000
    with lab.client() as http:
        proof = {"Upload-Checksum": summed(DATA[1000:])}
        assert lab.patch(http, url, 1000, DATA[1000:], **proof).status_code == 204
    assert lab.disk(name).read_bytes() == DATA
