"""Versity ScoutAM: two nodes that speak REST over TLS, and news by a Kafka broker."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from waystation.bootstrap.demo.faces.broker import broker
from waystation.bootstrap.demo.faces.face import Face
from waystation_sim.scoutam.running import RunningScoutAM
from waystation_sim.site.running import RunningSite

TOPIC = "staged"


def settings(site: RunningScoutAM, servers: str) -> str:
    """Of the back end; the news has a section of its own, so it comes last."""
    told = site.settings
    return f"""kind = "scoutam"
urls = {json.dumps(list(site.urls))}
account = {json.dumps(told.account)}
password = {json.dumps(told.password)}
ca_file = {json.dumps(told.certificate)}
look_after_s = 20
poll_s = 0.5
kafka = {{ servers = [{json.dumps(servers)}], topic = "{TOPIC}", tls = false }}
"""


def _site(root: Path, speed_up: float, scale: str) -> RunningSite:
    return RunningScoutAM(root, speed_up=speed_up, scale=scale)


@contextmanager
def _running(home: Path, site: RunningSite, drives: int) -> Iterator[str]:
    del drives  # ScoutAM keeps them to itself
    scout = cast("RunningScoutAM", site)
    with broker(home / "kafka", TOPIC) as servers:
        scout.set_up(kafka={"bootstrap.servers": servers})
        with scout:
            yield settings(scout, servers)


FACE = Face("scoutam", "Versity ScoutAM, by REST and Kafka news", False, _site, _running)
