"""IBM Spectrum Archive: the `eeadm` command."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waystation.bootstrap.demo.faces.face import Face
from waystation_sim.site.running import RunningSite


def settings(site: RunningSite, drives: int) -> str:
    """Of the back end."""
    return f"""kind = "spectrum_archive"
eeadm = {json.dumps(str(site.eeadm))}
xattr = "user.dmapi.IBMTPS"
drives = {drives}
poll_s = 0.25
"""


def _site(root: Path, speed_up: float, scale: str) -> RunningSite:
    return RunningSite(root, speed_up=speed_up, scale=scale)


@contextmanager
def _running(home: Path, site: RunningSite, drives: int) -> Iterator[str]:
    del home
    with site:
        yield settings(site, drives)


FACE = Face("eeadm", "IBM Spectrum Archive, by its eeadm command", True, _site, _running)
