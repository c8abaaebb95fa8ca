"""kill -9 of every process of a node while bytes come and go: what was acknowledged is there."""

import base64
import functools
import hashlib
import os
import random
import threading

import httpx
import pytest

from running import until

VICTIMS = ("serving", "mover", "worker", "web", "postgres", "up")
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
STEP = 200_000


class Traffic:
    """People who put and fetch files until told to stop; what they were told is remembered."""

    def __init__(self, lab, known: str, content: bytes) -> None:
        self._lab = lab
        self._known, self._content = known, content
        self.stop = threading.Event()
        self.stored: dict[str, str] = {}
        self.resumed: dict[str, str] = {}
        self.fetched = self.broken = 0
        self.wrong: list[str] = []
        self.threads = [threading.Thread(target=each) for each in
                        (self._put, self._put, self._tus, self._get, self._get)]  # fmt: skip

    def _put(self) -> None:
        while not self.stop.is_set():
            name, data = self._lab.name(), os.urandom(random.randint(1, 3_000_000))
            try:
                with self._lab.client(timeout=20) as http:
                    if http.put(f"/dav/lab/{name}", content=data).status_code == 201:
                        self.stored[name] = hashlib.sha256(data).hexdigest()
            except httpx.TransportError:
                self.broken += 1
                self.stop.wait(0.1)

    def _get(self) -> None:
        """By the mover; an answer that says it is whole must be the file."""
        while not self.stop.is_set():
            try:
                with self._lab.client(timeout=20, follow_redirects=True) as http:
                    got = http.get(f"/dav/lab/{self._known}", headers={"Prefer": "redirect"})
                    if got.status_code == 200:
                        self.fetched += 1
                        if got.content != self._content:
                            self.wrong.append("fetched")
            except httpx.TransportError:
                self.broken += 1
                self.stop.wait(0.1)

    def _tus(self) -> None:
        """One file after the other in pieces, whatever happens to the node in between."""
        while not self.stop.is_set():
            name, data = self._lab.name(), os.urandom(1_500_000)
            url = self._until_told(functools.partial(self._begin, name, len(data)))
            while url and self._until_told(functools.partial(self._piece, url, data)) != "done":
                if self.stop.is_set():
                    return
            if url:
                self.resumed[name] = hashlib.sha256(data).hexdigest()

    def _until_told(self, act) -> str:
        """Do it until there is an answer; empty when it is over before."""
        while not self.stop.is_set():
            try:
                with self._lab.client(timeout=20) as http:
                    if told := act(http):
                        return str(told)
            except httpx.TransportError:
                self.broken += 1
            self.stop.wait(0.1)
        return ""

    @staticmethod
    def _begin(name: str, size: int, http: httpx.Client) -> str:
        said = f"filename {base64.b64encode(name.encode()).decode()}"
        headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": said}
        made = http.post("/tus/lab/", headers=headers)
        return httpx.URL(made.headers["location"]).path if made.status_code == 201 else ""

    @staticmethod
    def _piece(url: str, data: bytes, http: httpx.Client) -> str:
        found = http.head(url, headers=TUS)
        if found.status_code != 200:
            return ""
        at = int(found.headers["upload-offset"])
        if at == len(data):
            return "done"
        headers = {**PIECE, "Upload-Offset": str(at)}
        http.patch(url, headers=headers, content=data[at : at + STEP])
        return "more"


@pytest.fixture
def traffic(lab):
    name, content = lab.name(), os.urandom(5_000_000)
    with lab.client() as http:
        assert http.put(f"/dav/lab/{name}", content=content).status_code == 201
    made = Traffic(lab, name, content)
    for each in made.threads:
        each.start()
    yield made
    made.stop.set()
    for each in made.threads:
        each.join(60)


def busy(traffic, lab) -> bool:
    """Whether files came and went since the last look."""
    now = (len(traffic.stored), traffic.fetched, lab.house.answers())
    before, traffic.seen = getattr(traffic, "seen", None), now
    return before is not None and now[0] > before[0] and now[1] > before[1] and now[2]


def test_every_process_is_killed_while_bytes_come_and_go(lab, traffic):
    house, chance, pause = lab.house, random.Random(11), threading.Event()
    for victim in VICTIMS:
        assert until(lambda: busy(traffic, lab), 180, every=0.5), f"nothing went on: {victim}"
        pause.wait(chance.uniform(0.0, 0.5))
        assert house.kill(victim), f"there is no {victim}"
        if victim == "up":
            assert until(lambda: not house.left(), 5), f"left behind: {house.left()}"
            house.start()
        assert until(functools.partial(house.pids, victim), 180), house.log[-2000:]
        assert until(house.answers, 180), house.log[-2000:]
    assert until(lambda: traffic.resumed, 60), "an upload in pieces came to its end"
    traffic.stop.set()
    for each in traffic.threads:
        each.join(60)
    assert traffic.wrong == []
    assert traffic.broken > 0, "somebody noticed"
    for name, digest in {**traffic.stored, **traffic.resumed}.items():
        content = (lab.root / "lab" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, f"{name} was acknowledged"
        with lab.client() as http:
            head = http.head(f"/dav/lab/{name}", headers={"Want-Repr-Digest": "sha-256=1"})
            told = base64.b64encode(bytes.fromhex(digest)).decode()
            assert head.headers["repr-digest"] == f"sha-256=:{told}:"
