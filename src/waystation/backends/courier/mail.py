"""Mail by the site's own relay."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from waystation.domains.notify.entities import Parcel
from waystation.domains.notify.errors import DeliveryError

_ADDRESS = re.compile(r"[^@\s<>,;:\"'\\()\[\]]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class MailConfig:
    """The relay.

    Attributes:
        host, port: of the relay.
        sender: address that mails come from.
        domains: to which mail may go, e.g. `example.org`; empty is nowhere.
        starttls: encrypt, with the relay's certificate verified.
    """

    host: str
    port: int
    sender: str
    domains: tuple[str, ...]
    starttls: bool = True
    timeout_s: float = 30.0


class Mail:
    """Sends letters to addresses of the site's own domains."""

    def __init__(self, config: MailConfig) -> None:
        self._config = config

    def receiver(self, target: str) -> str:
        """The relay: when it is down, all mail waits."""
        del target
        return f"smtp://{self._config.host}:{self._config.port}"

    def objection(self, target: str) -> str | None:
        """An address, and of an allowed domain."""
        if not _ADDRESS.fullmatch(target):
            return f"{target!r} is not a mail address."
        domain = target.rpartition("@")[2].lower()
        if domain not in {d.lower() for d in self._config.domains}:
            return f"Mail to {domain} is not allowed here; operators list notify.mail.domains."
        return None

    def deliver(self, parcel: Parcel) -> None:
        """Give it to the relay."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self._config.sender, parcel.target
        # A line break would start another header: the library refuses it, so none goes in.
        mail["Subject"] = " ".join(parcel.letter.subject.split()) or "Waystation"
        mail["Message-ID"] = f"<delivery-{parcel.id}@{self._config.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(parcel.letter.body)
        config = self._config
        try:
            with smtplib.SMTP(config.host, config.port, timeout=config.timeout_s) as relay:
                if config.starttls:
                    relay.starttls(context=ssl.create_default_context())
                relay.send_message(mail)
        except smtplib.SMTPResponseException as refusal:
            text = refusal.smtp_error
            words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
            message = f"The mail relay answered {refusal.smtp_code}: {words}"
            raise DeliveryError(message, reached=True) from refusal
        except (OSError, smtplib.SMTPException) as problem:
            message = f"The mail relay does not take it: {problem}"
            raise DeliveryError(message, reached=False) from problem
