"""The engine `http_tpc` with this server at one end, or at both."""

import ipaddress
from urllib.parse import quote

import pytest

from contracts.folders import Folders
from dav.conftest import SPACE
from waystation.backends.transfer.http.config import HttpConfig
from waystation.backends.transfer.http.way import http_engine
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation.kernel.clock import SystemClock
from waystation.kernel.hosts import AllowedHosts
from waystation_testing.transfer import EngineContract

OURS = ("127.0.0.1:*",)
INSIDE = (ipaddress.ip_network("127.0.0.0/8"),)


class Spaces(Folders):
    """Folders of a space, or of this machine."""

    patience_s = 180.0

    def __init__(self, root, lab, far):
        super().__init__(root)
        self.lab, self.far, self.secrets = lab, {}, (lab.ana,)
        ends = {"from": self.source, "to": self.target}
        for end in far:
            self.far[end] = lab.folder()
            url = f"{lab.house.url}/dav/{SPACE}{self.far[end]}"
            ends[end] = Endpoint(Kind.HTTP, {"url": url, "token": lab.ana})
        self.source, self.target = ends["from"], ends["to"]

    def engine(self):
        hosts = AllowedHosts(OURS, INSIDE, OURS, "Transfers", "transfers")
        return http_engine(HttpConfig("http", "here", hosts), SystemClock(), self.claims)

    def put(self, path, data):
        if "from" not in self.far:
            super().put(path, data)
            return
        folder = self.far["from"]
        with self.lab.client(self.lab.ana) as http:
            parts = path.split("/")[:-1]
            for n in range(len(parts)):
                http.request("MKCOL", quote(f"{folder}/{'/'.join(parts[: n + 1])}"))
            answer = http.put(quote(f"{folder}/{path}"), content=data)
            assert answer.status_code in {201, 204}, answer.text

    def _there(self):
        return self.lab.disk(self.far["to"])

    def get(self, path):
        if "to" not in self.far:
            return super().get(path)
        try:
            return (self._there() / path).read_bytes()
        except FileNotFoundError:
            return None

    def names(self):
        if "to" not in self.far:
            return super().names()
        to = self._there()
        return {str(each.relative_to(to)) for each in to.rglob("*") if not each.is_dir()}


@pytest.fixture(params=[("from",), ("to",), ("from", "to")], ids=["get", "put", "copy"])
def world(request, lab, tmp_path):
    return Spaces(tmp_path / "ends", lab, request.param)


class TestOurselves(EngineContract):
    pass
