"""All settings: read from one file and the environment, then frozen.

The file is TOML (`/etc/waystation/waystation.toml`, or where `WAYSTATION_CONFIG` says); a variable
`WAYSTATION_<SECTION>__<NAME>` wins over it. This module is the only reader of the environment.
"""

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from waystation.settings.dialects import Dialects
from waystation.settings.identity import Issuer, Policy, SignIn
from waystation.settings.jobs import Jobs
from waystation.settings.node import Audit, Care, Grid, Log, Mover, Postgres, Web
from waystation.settings.notify import Notify
from waystation.settings.planner import Planner
from waystation.settings.sites import Sites
from waystation.settings.stores import Store
from waystation.settings.tapes import TapeSettings
from waystation.settings.transfers import Transfers

DEFAULT_CONFIG = Path("/etc/waystation/waystation.toml")


class Settings(BaseSettings):
    """All of them."""

    model_config = SettingsConfigDict(
        env_prefix="WAYSTATION_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    data_dir: Path = Path("/var/lib/waystation")
    """What must outlive a restart: database, keys, lists. Back it up."""
    web: Web = Web()
    postgres: Postgres = Postgres()
    log: Log = Log()
    planner: Planner = Planner()
    notify: Notify = Notify()
    dialects: Dialects = Dialects()
    grid: Grid = Grid()
    mover: Mover = Mover()
    transfers: Transfers = Transfers()
    jobs: Jobs = Jobs()
    sites: Sites = Sites()
    care: Care = Care()
    audit: Audit = Audit()
    policy: Policy = Policy()
    issuers: dict[str, Issuer] = Field(default_factory=dict)
    """Whose JWTs are taken as bearer tokens, by a name of yours: `[issuers.wlcg]`."""
    sign_in: dict[str, SignIn] = Field(default_factory=dict)
    """Systems by which people sign in, by a name of yours: `[sign_in.egi]`."""
    backends: dict[str, TapeSettings] = Field(default_factory=dict)
    """Tape systems by name: `[backends.ee]`, `kind = "spectrum_archive"`."""
    stores: dict[str, Store] = Field(default_factory=dict)
    """Trees of files by name: `[stores.archive]`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file; nothing else."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_path())


def config_path() -> Path:
    """The file that is read: `WAYSTATION_CONFIG`, or the system's."""
    return Path(os.environ.get("WAYSTATION_CONFIG", DEFAULT_CONFIG))


@cache
def current() -> Settings:
    """The settings of this process, read once.

    Raises:
        pydantic.ValidationError: a value is wrong; `waystation config check` says it in words.
    """
    return Settings()


def name_database(dsn: str) -> None:
    """From now on the settings of this process, and of its children, name this database."""
    os.environ["WAYSTATION_POSTGRES__DSN"] = dsn
    current.cache_clear()


def environment(**changes: str) -> dict[str, str]:
    """The environment for a child process of ours, with changes."""
    return {**os.environ, **changes}
