"""The transfer engines of the settings, by name; only those kinds that are used are imported."""

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from waystation.backends.transfer.hands.claims import Claims
from waystation.domains.transfers.ports import Engine
from waystation.kernel.clock import Clock
from waystation.kernel.errors import UnavailableError
from waystation.kernel.hosts import AllowedHosts
from waystation.settings import Settings
from waystation.settings.transfers import (
    EngineSettings,
    FtsSettings,
    GlobusSettings,
    HttpEngine,
    LocalEngine,
    RcloneEngine,
)

USUAL: Mapping[str, EngineSettings] = {
    "local": LocalEngine(kind="local"),
    "http": HttpEngine(kind="http_tpc"),
}
Make = Callable[[str, Any, Settings, Clock], Engine]


def engines(settings: Settings, clock: Clock) -> dict[str, Engine]:
    """All of them, in the order of the settings; the usual ones when they name none.

    Raises:
        UnavailableError: a file with a secret cannot be read.
    """
    return {name: _MAKERS[each.kind](name, each, settings, clock)
            for name, each in (settings.transfers.engines or USUAL).items()}  # fmt: skip


def this_host(settings: Settings) -> str:
    """The name by which endpoints say that this machine sees a folder."""
    return settings.transfers.host or next(iter(settings.sites.hosts), socket.gethostname())


def _claims(settings: Settings, name: str) -> Claims:
    return Claims(settings.data_dir / "engines" / name)


def _plain(each: EngineSettings) -> dict[str, Any]:
    """Settings that are called the same in an engine's own configuration."""
    return {name: getattr(each, name) for name in type(each).model_fields if name != "kind"}


def _local(name: str, each: EngineSettings, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.local.way import LocalConfig, local_engine

    return local_engine(
        LocalConfig(name, this_host(settings), **_plain(each)), clock, _claims(settings, name)
    )


def _rsync(name: str, each: EngineSettings, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.rsync.way import RsyncConfig, rsync_engine

    return rsync_engine(
        RsyncConfig(name, this_host(settings), settings.transfers.hosts, **_plain(each)),
        clock,
        _claims(settings, name),
    )


def _gridftp(name: str, each: EngineSettings, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.gridftp.way import GridFtpConfig, gridftp_engine

    told = _plain(each)
    told["at_once"] = told.pop("width")
    return gridftp_engine(
        GridFtpConfig(name, this_host(settings), settings.transfers.hosts, **told),
        clock,
        _claims(settings, name),
    )


def _rclone(name: str, each: RcloneEngine, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.rclone.way import RcloneConfig, rclone_engine

    told = _plain(each)
    told["at_once"] = told.pop("width")
    return rclone_engine(
        RcloneConfig(name, this_host(settings), **told), clock, _claims(settings, name)
    )


def _http(name: str, each: HttpEngine, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.http.config import HttpConfig
    from waystation.backends.transfer.http.way import http_engine

    said, told = settings.transfers, _plain(each)
    told["copy"] = told.pop("copy_by")
    config = HttpConfig(
        name,
        this_host(settings),
        AllowedHosts(said.hosts, said.networks, said.plain_hosts, "Transfers", "transfers"),
        ca_file=said.ca_file,
        ca_dir=said.ca_dir,
        silence_s=said.silence_s,
        **told,
    )
    return http_engine(config, clock, _claims(settings, name))


def _globus(name: str, each: GlobusSettings, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.globus.config import GlobusConfig
    from waystation.backends.transfer.globus.engine import GlobusEngine

    del settings, clock  # Globus has its own hosts and its own time
    config = GlobusConfig(
        name,
        each.client,
        secret=_secret(name, "secret", each.secret, each.secret_file),
        refresh_token=_secret(name, "refresh_token", each.refresh_token, each.refresh_token_file),
        sync_level=each.sync_level or None,
        verify=each.verify_checksum,
        encrypt=each.encrypt,
        preserve_time=each.preserve_time,
        source_checksums=each.source_checksums,
        most_files=each.most_files,
        most_active=each.most_active,
        timeout_s=each.timeout_s,
    )
    return GlobusEngine(config)


def _fts(name: str, each: FtsSettings, settings: Settings, clock: Clock) -> Engine:
    from waystation.backends.transfer.fts.config import FtsConfig
    from waystation.backends.transfer.fts.engine import FtsEngine

    said, told = settings.transfers, _plain(each)
    token = told.pop("token")
    config = FtsConfig(
        name,
        hosts=AllowedHosts(said.hosts, said.networks, said.plain_hosts, "Transfers", "transfers"),
        token=token.get_secret_value() if token is not None else None,
        ca_file=said.ca_file,
        ca_dir=said.ca_dir,
        **told,
    )
    return FtsEngine(config, clock)


def _secret(name: str, what: str, said: SecretStr | None, file: Path | None) -> str | None:
    if said is not None:
        return said.get_secret_value()
    if file is None:
        return None
    try:
        first, *_ = file.read_text().splitlines() or [""]
    except OSError as problem:
        raise UnavailableError(
            f"The {what} of the engine {name!r} cannot be read: {problem.strerror}.",
            advice=f"Look at transfers.engines.{name}.{what}_file.",
        ) from problem
    return first.strip()


_MAKERS: Mapping[str, Make] = {
    "local": _local,
    "rsync": _rsync,
    "http_tpc": _http,
    "gridftp": _gridftp,
    "rclone": _rclone,
    "globus": _globus,
    "fts": _fts,
}
