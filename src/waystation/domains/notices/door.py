"""What others may use of messages."""

from waystation.domains.notices.entities import EVERYONE, Draft, MessageView, Severity
from waystation.domains.notices.service import Messages

__all__ = ["EVERYONE", "Draft", "MessageView", "Messages", "Severity"]
