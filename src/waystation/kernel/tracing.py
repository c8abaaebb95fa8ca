"""What follows one request through logs, answers and the audit trail: id, origin, and who asks."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

_GOOD = re.compile(r"[A-Za-z0-9._-]{8,64}")

request_id: ContextVar[str] = ContextVar("request_id", default="")

address: ContextVar[str] = ContextVar("address", default="")
"""Of the client, as far as we may believe it; empty when it is none or not known."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something.

    Attributes:
        user_id: of the account; None when it is no account.
        name: of the account, or of a part of the service.
        via: how it was recognised: `session`, `token laptop`, `certificate CN=...`.
    """

    user_id: int | None
    name: str
    via: str = ""


SERVICE = Actor(None, "waystation", "service")
OPERATOR = Actor(None, "the operator", "command line")

actor: ContextVar[Actor] = ContextVar("actor", default=SERVICE)
"""Of this request or command; set by whoever recognised the caller."""


def begin(offered: str | None, *, client: str = "") -> str:
    """Take the id a proxy offers when it is harmless, else make one; set it for this context."""
    address.set(client)
    chosen = offered if offered and _GOOD.fullmatch(offered) else secrets.token_hex(8)
    request_id.set(chosen)
    return chosen
