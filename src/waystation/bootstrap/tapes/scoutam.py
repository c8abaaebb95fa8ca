"""A Versity ScoutAM of the settings."""

from typing import cast

from waystation.backends.news.kafka.config import KafkaConfig
from waystation.backends.news.kafka.consumer import KafkaNews
from waystation.backends.tape.scoutam import news as messages
from waystation.backends.tape.scoutam.backend import ScoutAM
from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.bootstrap.tapes.places import list_dir, roots
from waystation.domains.staging.door import TapeBackend
from waystation.domains.staging.ports import NewsSource
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings
from waystation.settings.tapes import ScoutAM as ScoutAMSettings


def make(settings: Settings, name: str) -> TapeBackend:
    """The back end."""
    system = cast("ScoutAMSettings", settings.backends[name])
    config = ScoutAMConfig(
        urls=system.urls,
        account=system.account,
        password=system.password.get_secret_value(),
        state_dir=list_dir(settings, name),
        topic=system.kafka.topic,
        ca_file=system.ca_file,
        roots=roots(settings, name),
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


def news(system: ScoutAMSettings, name: str) -> NewsSource:
    """What it tells by Kafka."""
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
    return KafkaNews(config, messages.read)
