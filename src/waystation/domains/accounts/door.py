"""What others may use of accounts."""

from waystation.domains.accounts.entities import ALL_SCOPES, Grant, Scope, TokenInfo
from waystation.domains.accounts.service import Accounts, grant, matches, narrowed
from waystation.domains.accounts.store import (
    GRANTS_CHANNEL,
    by_subject,
    session,
    token,
    used,
    user,
)
from waystation.domains.accounts.tokens import parsed

__all__ = [
    "ALL_SCOPES",
    "GRANTS_CHANNEL",
    "Accounts",
    "Grant",
    "Scope",
    "TokenInfo",
    "by_subject",
    "grant",
    "matches",
    "narrowed",
    "parsed",
    "session",
    "token",
    "used",
    "user",
]
