"""The settings reference, made from the settings themselves; a test compares it with the docs."""

import json
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from waystation.settings import Settings
from waystation.settings.clusters import (
    ArcInternal,
    ArcRest,
    HTCondorCluster,
    LocalCluster,
    PandaCluster,
    SlurmCluster,
)
from waystation.settings.dialects import (
    Act,
    DataHost,
    Librarian,
    LtfseeGlobus,
    MwaStaging,
    WlcgPrefix,
    WlcgTape,
)
from waystation.settings.feeders import DirectorySource, PandaSource
from waystation.settings.identity import Issuer, Policy, SignIn
from waystation.settings.jobs import Jobs
from waystation.settings.node import Audit, Care, Grid, Log, Postgres, Web
from waystation.settings.notify import Credential, KafkaOut, MailRelay, Notify
from waystation.settings.planner import Planner
from waystation.settings.stores import Door, S3Bucket, Store
from waystation.settings.tapes import Ltfs, OtherSite, ScoutAM, ScoutKafka, Script, SpectrumArchive
from waystation.settings.transfers import (
    FtsSettings,
    GlobusSettings,
    GridFtpEngine,
    HttpEngine,
    LocalEngine,
    RcloneEngine,
    RsyncEngine,
    Transfers,
)

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
    ("transfers", Transfers),
    ("transfers.engines.NAME", LocalEngine),
    ("transfers.engines.NAME", RsyncEngine),
    ("transfers.engines.NAME", HttpEngine),
    ("transfers.engines.NAME", GridFtpEngine),
    ("transfers.engines.NAME", RcloneEngine),
    ("transfers.engines.NAME", GlobusSettings),
    ("transfers.engines.NAME", FtsSettings),
    ("jobs", Jobs),
    ("jobs.sources.NAME", DirectorySource),
    ("jobs.sources.NAME", PandaSource),
    ("jobs.clusters.NAME", LocalCluster),
    ("jobs.clusters.NAME", SlurmCluster),
    ("jobs.clusters.NAME", ArcInternal),
    ("jobs.clusters.NAME", ArcRest),
    ("jobs.clusters.NAME", HTCondorCluster),
    ("jobs.clusters.NAME", PandaCluster),
    ("care", Care),
    ("audit", Audit),
    ("dialects.act", Act),
    ("dialects.datahost", DataHost),
    ("dialects.librarian", Librarian),
    ("dialects.ltfsee_globus", LtfseeGlobus),
    ("dialects.mwa_staging", MwaStaging),
    ("dialects.wlcg_tape", WlcgTape),
    ('dialects.wlcg_tape.prefixes."PREFIX"', WlcgPrefix),
    ("policy", Policy),
    ("issuers.NAME", Issuer),
    ("sign_in.NAME", SignIn),
    ("stores.NAME", Store),
    ("stores.NAME.s3", S3Bucket),
    ("stores.NAME.door", Door),
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
    yield "Made by `waystation config reference`; the same words are in `waystation/settings/`."
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
