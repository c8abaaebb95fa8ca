"""What others may use of hosting."""

from waystation.domains.hosting.controller import Desk, steps
from waystation.domains.hosting.entities import (
    ALWAYS,
    ANYONE,
    SIGNED_IN,
    Condition,
    Role,
    Space,
    Standing,
    Ticket,
)
from waystation.domains.hosting.errors import (
    DigestMismatchError,
    NoParentError,
    PreconditionError,
    StorageFullError,
)
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.ports import Found, Sink, Storage
from waystation.domains.hosting.service.hosting import Hosting

__all__ = [
    "ALWAYS",
    "ANYONE",
    "HIDDEN",
    "SIGNED_IN",
    "Condition",
    "Desk",
    "DigestMismatchError",
    "Found",
    "Hosting",
    "NoParentError",
    "PreconditionError",
    "Role",
    "Sink",
    "Space",
    "Standing",
    "Storage",
    "StorageFullError",
    "Ticket",
    "steps",
]
