"""What others may use of accounts."""

from waystation.domains.accounts.entities import (
    ADDRESSES,
    ALL_SCOPES,
    EVERY_SPACE,
    DeviceInfo,
    Grant,
    IdentityKind,
    Limits,
    Place,
    Scope,
    TokenInfo,
    Verb,
)
from waystation.domains.accounts.queries import grant, limited, matches, narrowed, signer, stale
from waystation.domains.accounts.service import Accounts, need_admin
from waystation.domains.accounts.store import (
    GRANTS_CHANNEL,
    active,
    bind,
    by_subject,
    credential,
    session,
    tell,
    token,
    user,
)
from waystation.domains.accounts.tokens import parsed, sign

__all__ = [
    "ADDRESSES",
    "ALL_SCOPES",
    "EVERY_SPACE",
    "GRANTS_CHANNEL",
    "Accounts",
    "DeviceInfo",
    "Grant",
    "IdentityKind",
    "Limits",
    "Place",
    "Scope",
    "TokenInfo",
    "Verb",
    "active",
    "bind",
    "by_subject",
    "credential",
    "grant",
    "limited",
    "matches",
    "narrowed",
    "need_admin",
    "parsed",
    "session",
    "sign",
    "signer",
    "stale",
    "tell",
    "token",
    "user",
]
