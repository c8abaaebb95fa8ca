"""Another site's dCache, EOS or StoRM: the WLCG Tape REST API, over TLS with a bearer token."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from waystation.bootstrap.demo.faces.face import Face
from waystation_sim.site.running import RunningSite
from waystation_sim.tape_rest.running import RunningTapeSite


def settings(site: RunningTapeSite, token: Path) -> str:
    """Of the back end; it is asked more often than the site's own clock would need."""
    told = site.settings
    return f"""kind = "wlcg_tape"
discovery = {json.dumps(site.discovery)}
token_file = {json.dumps(str(token))}
ca_file = {json.dumps(told.certificate)}
prefixes = {{ {json.dumps(str(site.cache))} = {json.dumps(told.namespace)} }}
request_poll_s = 1
poll_s = 0.5
"""


def _site(root: Path, speed_up: float, scale: str) -> RunningSite:
    return RunningTapeSite(root, speed_up=speed_up, scale=scale)


@contextmanager
def _running(home: Path, site: RunningSite, drives: int) -> Iterator[str]:
    del drives  # another site keeps them to itself
    other = cast("RunningTapeSite", site)
    token = home / "token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_urlsafe(24))
    other.set_up(tokens=(token.read_text(),))
    with other:
        yield settings(other, token)


FACE = Face("wlcg", "another site, by the WLCG Tape REST API", False, _site, _running)
