"""A tape system of the settings that is driven by commands of the site."""

from typing import cast

from waystation.backends.tape.script.backend import Script
from waystation.backends.tape.script.config import ScriptConfig
from waystation.bootstrap.tapes.places import list_dir, roots
from waystation.domains.staging.door import TapeBackend
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings
from waystation.settings.tapes import Script as ScriptSettings


def make(settings: Settings, name: str) -> TapeBackend:
    """The back end."""
    system = cast("ScriptSettings", settings.backends[name])
    config = ScriptConfig(
        locate=system.locate,
        recall=system.recall,
        poll=system.poll,
        list_dir=list_dir(settings, name),
        cancel=system.cancel,
        release=system.release,
        library=system.library,
        environment={each: value.get_secret_value() for each, value in system.environment.items()},
        roots=roots(settings, name),
        sees_tape=system.sees_tape,
        sees_position=system.sees_position,
        keeps_order=system.keeps_order,
        finds_keys=system.finds_keys,
        lists=system.lists,
        list_limit=system.list_limit,
        command_timeout_s=system.command_timeout_s,
    )
    return Script(config, SystemClock())
