"""The subject as one thing, for those who ask it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from waystation.domains.hosting.ports import Storage
from waystation.domains.hosting.service.files import Files
from waystation.domains.hosting.service.resuming import Resuming
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.service.trash import Trash
from waystation.domains.hosting.service.uploads import Uploads
from waystation.domains.quotas.door import Quotas
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


@dataclass(frozen=True, slots=True)
class Hosting:
    """Spaces, their files, what comes in, and how much there may be.

    Attributes:
        spaces: who has which role where.
        files: what is in a space.
        uploads: bytes on their way in.
        resuming: those of them that come in pieces.
        trash: what was deleted and can be brought back.
        quotas: limits and usage.
    """

    spaces: Spaces
    files: Files
    uploads: Uploads
    resuming: Resuming
    trash: Trash
    quotas: Quotas

    @classmethod
    def on(cls, database: Database, clock: Clock, storages: Callable[[int, str], Storage]) -> Self:
        """Build it; `storages` gives the storage of a folder on a store."""
        spaces = Spaces(database, clock, storages)
        files, uploads = Files(database, clock, spaces), Uploads(database, clock, spaces)
        resuming, trash = Resuming(database, clock, spaces), Trash(database, clock, spaces)
        return cls(spaces, files, uploads, resuming, trash, Quotas(database))
