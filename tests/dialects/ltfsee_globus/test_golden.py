"""Recorded exchanges, replayed byte for byte; each names its line of the contract."""

import json
from pathlib import Path

import pytest

from waystation.domains.staging.entities import Residency
from waystation.interfaces.dialects.ltfsee_globus import swagger

GOLDEN = Path(__file__).parent / "golden"
FILES = {
    "both.dat": Residency.BOTH,
    "mig.dat": Residency.NEARLINE,
    "res.dat": Residency.ONLINE,
    "off.dat": Residency.LOST,
}
EXCHANGES = [
    pytest.param(exchange, id=f"{file.stem}: {exchange['name']}")
    for file in sorted(GOLDEN.glob("*.json"))
    for exchange in json.loads(file.read_text()).get("exchanges", [])
]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_exchange(wire, exchange):
    assert exchange["line"]
    for name, residency in FILES.items():
        wire.put(name, residency)
    asked, told = exchange["request"], exchange["answer"]
    body = asked["body"].encode()
    answer = wire.call(asked["method"], asked["path"], body, headers=asked["headers"])
    assert (answer.status, answer.body.decode()) == (told["status"], told["body"])
    assert {k: answer.headers.get(k) for k in told["headers"]} == told["headers"]


def test_swagger_has_the_paths_and_definitions_of_old(wire):
    old = json.loads((GOLDEN / "swagger_5cb322e.json").read_text())["document"]
    answer = wire.call("GET", f"{swagger.BASE}/swagger.json")
    document = answer.json()
    differs = {"securityDefinitions", "security"}  # the old one said "basic", which was wrong
    assert answer.headers["content-type"] == "application/json"
    for part in old.keys() - differs:
        assert document[part] == old[part], part
    assert document.keys() - differs == old.keys() - differs


def test_the_front_page_leads_to_it(wire):
    answer = wire.call("GET", f"{swagger.BASE}/")
    assert answer.status == 200
    assert f"{swagger.BASE}/swagger.json" in answer.body.decode()


def test_every_other_path_is_somebody_elses(wire):
    assert wire.call("GET", "/api/v0.55").body == b"Django"
    assert wire.call("POST", "/globus_recall").body == b"Django"
