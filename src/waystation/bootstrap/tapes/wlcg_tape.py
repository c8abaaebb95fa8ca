"""Another site's tape system of the settings, by the WLCG Tape REST API."""

from typing import cast

from waystation.backends.tape.wlcg_tape.backend import WlcgTape
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.bootstrap.tapes.places import list_dir, roots
from waystation.domains.staging.door import TapeBackend
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings
from waystation.settings.tapes import OtherSite


def make(settings: Settings, name: str) -> TapeBackend:
    """The back end."""
    site = cast("OtherSite", settings.backends[name])
    config = WlcgTapeConfig(
        state_dir=list_dir(settings, name),
        discovery=site.discovery,
        endpoint=site.endpoint,
        site=site.site,
        token_file=site.token_file,
        certificate=site.certificate,
        key=site.key,
        ca_file=site.ca_file,
        ca_dir=site.ca_dir,
        roots=roots(settings, name),
        prefixes=site.prefixes,
        disk_lifetime_s=site.disk_lifetime_s,
        activity=site.activity,
        timeout_s=site.timeout_s,
        connect_timeout_s=site.connect_timeout_s,
        at_once=site.at_once,
        request_files=site.request_files,
        requests=site.requests,
        list_limit=site.list_limit,
        request_poll_s=site.request_poll_s,
        stuck_after_s=site.stuck_after_s,
        releases=site.releases,
        allow_http=site.allow_http,
    )
    return WlcgTape(config, SystemClock())
