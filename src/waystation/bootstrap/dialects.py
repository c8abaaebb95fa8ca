"""Which dialects are spoken here; the one place that names them."""

from datetime import timedelta

from waystation.interfaces.dialects.wlcg_tape import routes as wlcg_tape
from waystation.interfaces.dialects.wlcg_tape.asking import Terms
from waystation.interfaces.dialects.wlcg_tape.paths import Prefix
from waystation.interfaces.hot.desk import MakeMouth
from waystation.settings import Settings


def mouths(settings: Settings) -> list[MakeMouth]:
    """A maker a dialect that is wanted, in the order in which they are asked."""
    every = ((settings.dialects.wlcg_tape.enabled, wlcg_tape.make(_wlcg_tape(settings))),)
    return [make for wanted, make in every if wanted]


def _wlcg_tape(settings: Settings) -> Terms:
    said = settings.dialects.wlcg_tape
    prefixes = [
        Prefix("/" + url.strip("/") if url.strip("/") else "", at.store, str(at.root).rstrip("/"))
        for url, at in said.prefixes.items()
    ]
    return Terms(
        sitename=said.sitename,
        url=settings.web.url,
        prefixes=tuple(prefixes),
        max_files=said.max_files,
        lifetime=timedelta(seconds=said.disk_lifetime_s),
    )
