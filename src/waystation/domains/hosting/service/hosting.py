"""The subject as one thing, for those who ask it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from waystation.domains.hosting.ports import Storage
from waystation.domains.hosting.service.adopting import Adopting
from waystation.domains.hosting.service.batches import Batches
from waystation.domains.hosting.service.caring import Caring
from waystation.domains.hosting.service.files import Files
from waystation.domains.hosting.service.finding import Finding
from waystation.domains.hosting.service.landing import Landing
from waystation.domains.hosting.service.mending import Mending
from waystation.domains.hosting.service.resuming import Resuming
from waystation.domains.hosting.service.shedding import Shedding
from waystation.domains.hosting.service.spaces import Spaces
from waystation.domains.hosting.service.terms import Terms
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
        terms: how long spaces keep files, and what is held.
        files: what is in a space.
        finding: files by their names.
        uploads: bytes on their way in.
        resuming: those of them that come in pieces.
        batches: small files by the hundred.
        landing: files that transfers have put beside a space.
        trash: what was deleted and can be brought back.
        adopting: takes in what is on disk already.
        caring: damage that was found.
        mending: bytes for what is damaged.
        shedding: files that go because others have them.
        quotas: limits and usage.
    """

    spaces: Spaces
    terms: Terms
    files: Files
    finding: Finding
    uploads: Uploads
    resuming: Resuming
    batches: Batches
    landing: Landing
    trash: Trash
    adopting: Adopting
    caring: Caring
    mending: Mending
    shedding: Shedding
    quotas: Quotas

    @classmethod
    def on(cls, database: Database, clock: Clock, storages: Callable[[int, str], Storage]) -> Self:
        """Build it; `storages` gives the storage of a folder on a store."""
        spaces = Spaces(database, clock, storages)
        files, uploads = Files(database, clock, spaces), Uploads(database, clock, spaces)
        resuming, trash = Resuming(database, clock, spaces), Trash(database, clock, spaces)
        batches = Batches(database, clock, spaces, files)
        adopting, caring = Adopting(database, clock, spaces), Caring(database, spaces)
        mending, quotas = Mending(database, clock, spaces), Quotas(database)
        return cls(
            spaces=spaces,
            terms=Terms(database, clock, spaces),
            files=files,
            finding=Finding(database, spaces),
            uploads=uploads,
            resuming=resuming,
            batches=batches,
            landing=Landing(spaces, batches, caring, mending),
            trash=trash,
            adopting=adopting,
            caring=caring,
            mending=mending,
            shedding=Shedding(database, clock, spaces),
            quotas=quotas,
        )
