"""What others may use of hosting."""

from waystation.domains.hosting.controller import Desk, steps
from waystation.domains.hosting.entities import (
    ALWAYS,
    ANYONE,
    SIGNED_IN,
    Condition,
    Deleted,
    Pending,
    Received,
    Role,
    Space,
    Standing,
    Ticket,
)
from waystation.domains.hosting.errors import (
    BusyError,
    ChunkMismatchError,
    DigestMismatchError,
    NoParentError,
    PreconditionError,
    StorageFullError,
)
from waystation.domains.hosting.paths import HIDDEN
from waystation.domains.hosting.ports import Found, Resumed, Sink, Storage
from waystation.domains.hosting.service.hosting import Hosting

__all__ = [
    "ALWAYS",
    "ANYONE",
    "HIDDEN",
    "SIGNED_IN",
    "BusyError",
    "ChunkMismatchError",
    "Condition",
    "Deleted",
    "Desk",
    "DigestMismatchError",
    "Found",
    "Hosting",
    "NoParentError",
    "Pending",
    "PreconditionError",
    "Received",
    "Resumed",
    "Role",
    "Sink",
    "Space",
    "Standing",
    "Storage",
    "StorageFullError",
    "Ticket",
    "steps",
]
