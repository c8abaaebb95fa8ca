"""The settings reference, made from the settings themselves; a test compares it with the docs."""

import json
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from waystation.settings import (
    Credential,
    Grid,
    KafkaOut,
    Log,
    MailRelay,
    Notify,
    Planner,
    Postgres,
    Settings,
    Store,
    Web,
)
from waystation.settings_dialects import DataHost, LtfseeGlobus, MwaStaging, WlcgPrefix, WlcgTape
from waystation.settings_tapes import Ltfs, OtherSite, ScoutAM, ScoutKafka, Script, SpectrumArchive

_SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", Settings),
    ("web", Web),
    ("postgres", Postgres),
    ("log", Log),
    ("planner", Planner),
    ("notify", Notify),
    ("notify.credentials.DIALECT", Credential),
    ("notify.mail", MailRelay),
    ("notify.kafka", KafkaOut),
    ("grid", Grid),
    ("dialects.datahost", DataHost),
    ("dialects.ltfsee_globus", LtfseeGlobus),
    ("dialects.mwa_staging", MwaStaging),
    ("dialects.wlcg_tape", WlcgTape),
    ('dialects.wlcg_tape.prefixes."PREFIX"', WlcgPrefix),
    ("stores.NAME", Store),
    ("backends.NAME", SpectrumArchive),
    ("backends.NAME", ScoutAM),
    ("backends.NAME.kafka", ScoutKafka),
    ("backends.NAME", Ltfs),
    ("backends.NAME", Script),
    ("backends.NAME", OtherSite),
)


def settings_reference() -> str:
    """Markdown: a table a section."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield "Made by `waystation config reference`; the same words are in `waystation/settings.py`."
    for section, model in _SECTIONS:
        title = f"`[{section}]`" if section else "Top level"
        yield from ("", f"## {title}", "", (model.__doc__ or "").strip().split("\n")[0])
        yield from ("", "| setting | default | meaning |", "|---|---|---|")
        for name, field in model.model_fields.items():
            if section or not _is_section(field):
                yield f"| `{name}` | {_default(field)} | {_meaning(field)} |"


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.default, BaseModel)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "none: must be given" if field.default_factory is None else "empty"
    value = field.default
    if isinstance(value, str | int | float | bool | None):
        return f"`{json.dumps(value)}`"
    return f"`{value}`"


def _meaning(field: FieldInfo) -> str:
    return (field.description or "").replace("\n", " ").replace("|", "\\|")
