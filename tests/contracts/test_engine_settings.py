"""Engines as the settings name them."""

import json
import socket

import pytest
from pydantic import ValidationError

from waystation.bootstrap.engines import engines
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import UnavailableError
from waystation.settings import Settings
from waystation.settings.transfers import Transfers

CLIENT = "6f1c6b0e-6f0f-4a5c-9c61-0e4a7e4f8a11"
SURVIVE = ["globus", "wlcg"]
GLOBUS = {"kind": "globus", "client": CLIENT, "secret": "hush"}
FTS = {"kind": "fts", "url": "https://fts.example.org:8446", "token": "hush"}
KINDS = {
    "disk": {"kind": "local"},
    "ssh": {"kind": "rsync", "ssh": ["ssh", "-i", "/etc/waystation/key"]},
    "web": {"kind": "http_tpc", "copy_by": "push", "part_names": False},
    "grid": {"kind": "gridftp", "proxy": "/run/proxy", "streams": 4},
    "clouds": {"kind": "rclone", "config": "/etc/waystation/rclone.conf"},
    "globus": GLOBUS,
    "wlcg": FTS,
}


def made(said, **more):
    settings = Settings(transfers=Transfers.model_validate({"engines": said, **more}))
    return engines(settings, SystemClock())


def test_each_kind_is_made_in_the_order_of_the_settings():
    found = made(KINDS, hosts=["se.example.org"])
    assert list(found) == [engine.name for engine in found.values()] == list(KINDS)
    web = Endpoint(Kind.HTTP, {"url": "https://se.example.org/a"})
    assert found["web"].objection(web, web) is None
    assert [name for name, engine in found.items() if engine.ability.survives] == SURVIVE
    for engine in found.values():
        engine.close()


@pytest.mark.parametrize("host", ["", "node1"])
def test_this_machine_has_a_name(host):
    (engine,) = made({"disk": {"kind": "local"}}, host=host).values()
    here = Endpoint(Kind.PATH, {"root": "/x", "hosts": host or socket.gethostname()})
    assert engine.objection(here, here) is None
    engine.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "pigeon"}, "pigeon"),
        ({"kind": "globus", "client": CLIENT}, "one of secret"),
        ({**GLOBUS, "refresh_token": "x"}, "one of secret"),
        ({"kind": "local", "colour": "red"}, "colour"),
        ({**GLOBUS, "most_active": 101}, "most_active"),
        ({**FTS, "proxy": "/run/proxy"}, "one of token"),
        ({**FTS, "url": "https://user:secret@fts.example.org"}, "url"),
    ],
    ids=[
        "unknown",
        "no proof",
        "two proofs",
        "no such setting",
        "too many",
        "token and proxy",
        "a password in a URL",
    ],
)
def test_what_cannot_be_is_refused(said, words):
    with pytest.raises(ValidationError, match=words):
        made({"x": said})


def test_secrets_are_not_shown_and_may_be_in_files(tmp_path):
    said = Transfers.model_validate({"engines": {"globus": GLOBUS, "wlcg": FTS}})
    assert "hush" not in json.dumps(said.model_dump(mode="json"))
    by_file = {"kind": "globus", "client": CLIENT, "secret_file": str(tmp_path / "secret")}
    with pytest.raises(UnavailableError, match="cannot be read"):
        made({"globus": by_file})
    (tmp_path / "secret").write_text("hush\n")
    (engine,) = made({"globus": by_file}).values()
    assert engine._config.secret == "hush"
    assert "hush" not in repr(engine._config)
    engine.close()
