"""Which files an observation has: asked of the telescope's own web service.

Another telescope's is an entry point of the group `waystation.resolvers`: a callable that takes a
URL and seconds (both of the settings) and gives back a `Resolver`.
"""

import logging
import posixpath
from collections.abc import Callable
from importlib.metadata import entry_points

import httpx

from waystation.interfaces.dialects.mwa_staging.store import Waiting
from waystation.kernel.errors import NotFoundError, UnavailableError

log = logging.getLogger(__name__)

GROUP = "waystation.resolvers"
_OK, _NONE = 200, 404
# Where copies are, as the web service counts: 3 is on tape.
_ON_TAPE = 3

Resolver = Callable[[Waiting], list[str]]
"""File names of an observation, relative to the store; none when it has none.

Raises UnavailableError when that cannot be said. It may take as long as its timeout.
"""


def mwa(url: str, timeout_s: float) -> Resolver:
    """MWA's `metadata/data_files`: names are `mwa/<bucket>/<folder>/<file>`."""

    def look(job: Waiting) -> list[str]:
        params: dict[str, str | int] = {
            "location": _ON_TAPE,
            "terse": "True",
            "all_files": "False",
        }
        if job.obs_id is not None:
            params["obs_id"] = job.obs_id
        if job.start_time and job.duration:
            params["mintime"] = job.start_time
            params["maxtime"] = job.start_time + job.duration
        try:
            answer = httpx.get(url, params=params, timeout=timeout_s, trust_env=False)
            if answer.status_code == _NONE:
                return []
            if answer.status_code != _OK:
                raise UnavailableError(f"{url} answered {answer.status_code}.")
            return _names(answer.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise UnavailableError(f"{url} gave no list: {problem!r}.") from problem

    return look


def named(name: str, url: str, timeout_s: float) -> Resolver:
    """The resolver that the settings name.

    Raises:
        NotFoundError: no such entry point is installed.
    """
    if name == "mwa":
        return mwa(url, timeout_s)
    found = [each for each in entry_points(group=GROUP) if each.name == name]
    if not found:
        raise NotFoundError(
            f"No resolver {name!r} is installed.", advice=f"It is an entry point of {GROUP}."
        )
    made: Resolver = found[0].load()(url, timeout_s)
    return made


def _names(listed: dict[str, dict[str, str | None]]) -> list[str]:
    return [
        posixpath.join("mwa", at["bucket"] or "", (at["folder"] or "").removeprefix("/"), name)
        for name, at in listed.items()
    ]
