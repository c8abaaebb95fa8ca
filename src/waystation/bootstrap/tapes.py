"""The tape back ends by the kind that the settings name, and where their news comes from."""

from pathlib import Path

from waystation.backends.news.kafka.config import KafkaConfig
from waystation.backends.news.kafka.consumer import KafkaNews
from waystation.backends.tape.scoutam import news as scoutam_news
from waystation.backends.tape.scoutam.backend import ScoutAM
from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.backends.tape.spectrum_archive.backend import SpectrumArchive
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.door import TapeBackend
from waystation.domains.staging.ports import NewsSource
from waystation.kernel.clock import SystemClock
from waystation.settings import ScoutAM as ScoutAMSettings
from waystation.settings import Settings
from waystation.settings import SpectrumArchive as EeSettings


def tape_backends(settings: Settings) -> dict[str, TapeBackend]:
    """Every tape system of the settings, by name."""
    return {name: _backend(settings, name) for name in settings.backends}


def news_of(settings: Settings, name: str) -> NewsSource | None:
    """Where a tape system's own news comes from; None when it sends none."""
    system = settings.backends[name]
    if not isinstance(system, ScoutAMSettings):
        return None
    told = system.kafka
    config = KafkaConfig(
        servers=told.servers,
        topic=told.topic,
        group=told.group or f"waystation-{name}",
        user=told.user,
        password=told.password.get_secret_value() if told.password else "",
        tls=told.tls,
        ca_file=told.ca_file,
        session_timeout_ms=told.session_timeout_ms,
    )
    return KafkaNews(config, scoutam_news.read)


def list_dir(settings: Settings, name: str) -> Path:
    """Where a tape system's recall lists are kept."""
    return settings.backends[name].list_dir or settings.data_dir / "lists" / name


def _backend(settings: Settings, name: str) -> TapeBackend:
    system = settings.backends[name]
    if isinstance(system, ScoutAMSettings):
        return _scoutam(settings, name, system)
    return _spectrum_archive(settings, name, system)


def _roots(settings: Settings, name: str) -> tuple[Path, ...]:
    return tuple(store.root for store in settings.stores.values() if store.backend == name)


def _scoutam(settings: Settings, name: str, system: ScoutAMSettings) -> TapeBackend:
    config = ScoutAMConfig(
        urls=system.urls,
        account=system.account,
        password=system.password.get_secret_value(),
        state_dir=list_dir(settings, name),
        topic=system.kafka.topic,
        ca_file=system.ca_file,
        roots=_roots(settings, name),
        prefix=system.prefix,
        fscache=system.fscache,
        timeout_s=system.timeout_s,
        at_once=system.at_once,
        list_limit=system.list_limit,
        lists=system.lists,
        look_after_s=system.look_after_s,
        releases=system.releases,
    )
    return ScoutAM(config, SystemClock())


def _spectrum_archive(settings: Settings, name: str, system: EeSettings) -> TapeBackend:
    config = EeadmConfig(
        eeadm=system.eeadm,
        list_dir=list_dir(settings, name),
        roots=_roots(settings, name),
        sudo_user=system.sudo_user,
        libraries=system.libraries,
        drives=system.drives,
        xattr=system.xattr,
        command_timeout_s=system.command_timeout_s,
        list_limit=system.list_limit,
        release_pool=system.release_pool,
    )
    return SpectrumArchive(config, SystemClock())
