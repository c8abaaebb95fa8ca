"""Who brings messages, and in whose words: the one place that names them."""

from collections.abc import Callable
from datetime import timedelta

from waystation.backends.courier.kafka import Kafka, KafkaConfig
from waystation.backends.courier.mail import Mail, MailConfig
from waystation.backends.courier.webhook import Credential, Webhook, WebhookConfig
from waystation.domains.notify.door import Courier, Kind, Pace, Wording, own, slack
from waystation.interfaces.dialects.mwa_staging.letters import letter
from waystation.interfaces.dialects.mwa_staging.terms import DIALECT
from waystation.kernel.clock import Clock
from waystation.kernel.hosts import AllowedHosts
from waystation.settings.notify import Notify


def wordings() -> dict[str, Wording]:
    """By dialect; "" is our own, and a kind that has words of its own is named like it."""
    return {"": own, Kind.SLACK: slack, DIALECT: letter}


def allowed(said: Notify) -> AllowedHosts:
    """Whom callbacks may reach."""
    return AllowedHosts(said.hosts, tuple(said.networks), said.plain_hosts)


def pace(said: Notify) -> Pace:
    """How receivers are treated."""
    return Pace(
        first=timedelta(seconds=said.retry_first_s),
        ceiling=timedelta(seconds=said.retry_ceiling_s),
        lifetime=timedelta(seconds=said.lifetime_s),
        lease=timedelta(seconds=60 + 2 * said.timeout_s),
    )


def couriers(said: Notify, clock: Clock, secret: Callable[[int], str]) -> dict[Kind, Courier]:
    """Those that the settings name.

    Args:
        said: the settings.
        clock: for signatures.
        secret: signing secret by owner id.
    """
    webhook = _webhook(said, clock, secret)
    found: dict[Kind, Courier] = {Kind.WEBHOOK: webhook, Kind.SLACK: webhook}
    if said.mail.host:
        found[Kind.MAIL] = Mail(
            MailConfig(
                host=said.mail.host,
                port=said.mail.port,
                sender=said.mail.sender,
                domains=said.mail.domains,
                starttls=said.mail.starttls,
                timeout_s=said.timeout_s,
            )
        )
    if said.kafka.client:
        client = dict(said.kafka.client)
        found[Kind.KAFKA] = Kafka(KafkaConfig(client, said.kafka.topics, said.timeout_s))
    return found


def _webhook(said: Notify, clock: Clock, secret: Callable[[int], str]) -> Webhook:
    credentials = {
        dialect: Credential(
            name=known.name,
            password=known.password.get_secret_value(),
            hosts=AllowedHosts(known.hosts, tuple(said.networks), said.plain_hosts),
        )
        for dialect, known in said.credentials.items()
    }
    config = WebhookConfig(
        hosts=allowed(said),
        credentials=credentials,
        spacing_s=said.spacing_s,
        timeout_s=said.timeout_s,
        ca_file=str(said.ca_file) if said.ca_file else None,
    )
    return Webhook(config, clock, secret)
