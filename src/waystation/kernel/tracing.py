"""The id that follows one request through logs and answers."""

import re
import secrets
from contextvars import ContextVar

_GOOD = re.compile(r"[A-Za-z0-9._-]{8,64}")

request_id: ContextVar[str] = ContextVar("request_id", default="")


def begin(offered: str | None) -> str:
    """Take the id a proxy offers when it is harmless, else make one; set it for this context."""
    chosen = offered if offered and _GOOD.fullmatch(offered) else secrets.token_hex(8)
    request_id.set(chosen)
    return chosen
