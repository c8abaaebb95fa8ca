"""The dialect's own parts around the small house of hosting's tests, which can be killed."""

import json
from dataclasses import fields
from pathlib import Path

import xxhash

from hosting.world import SPACE, World
from waystation.domains.accounts.door import Accounts, Grant
from waystation.domains.transfers.door import (
    PartnerInfo,
    PartnerUnavailableError,
    Policy,
    Transfers,
)
from waystation.interfaces.dialects.librarian import controller
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call
from waystation.interfaces.dialects.librarian.peers import Neighbours
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.terms import Terms
from waystation.interfaces.dialects.librarian.uploading import Uploading
from waystation.interfaces.services import Services
from waystation.kernel.sealing import Safe

SAFE = Safe("of these tests alone, and long enough")


def _nobody(partner: PartnerInfo) -> object:
    raise PartnerUnavailableError(f"{partner.name} is not there.")


class Librarian:
    """Stages, copies and commits as a client, by the dialect's own parts."""

    def __init__(self, world: World, staging: Path) -> None:
        self.world = world
        self.staging = staging
        self.neighbours = Neighbours(_nobody, _nobody)  # type: ignore[arg-type]
        self.terms = Terms(SPACE, "here", "T", "D", staging, ("localhost",))

    @property
    def house(self) -> Services:
        """As the world is now."""
        world = self.world
        known = {
            "database": world.database,
            "clock": world.clock,
            "accounts": Accounts(world.database, world.clock),  # type: ignore[arg-type]
            "hosting": world.hosting,
            # Nothing is sent from here: our spaces are not asked for.
            "transfers": Transfers.on(
                world.database,  # type: ignore[arg-type]
                world.clock,
                SAFE,
                None,  # type: ignore[arg-type]
                Policy(),
            ),
        }
        return Services(**{each.name: known.get(each.name) for each in fields(Services)})  # type: ignore[arg-type]

    def _call(self, body: object, who: Grant | None = None) -> tuple[Uploading, Call]:
        shelf = Shelf(self.house, self.terms)
        who = who or self.world.ana
        call = Call(who, shelf.standing(who), json.dumps(body).encode())
        return Uploading(shelf, Area(self.staging)), call

    def stage(self, name: str, size: int, checksum: str, who: Grant | None = None) -> dict:
        body = {
            "upload_size": size,
            "upload_checksum": checksum,
            "upload_name": Path(name).name,
            "destination_location": name,
            "uploader": "ana",
        }
        uploading, call = self._call(body, who)
        return json.loads(uploading.stage(call).body)

    def commit(self, staged: dict, who: Grant | None = None) -> int:
        uploading, call = self._call({"transfer_id": staged["transfer_id"]}, who)
        return uploading.commit(call).status

    def upload(self, name: str, what: bytes | dict[str, bytes]) -> None:
        """A whole upload of a file, or of a directory of files."""
        self.commit(self.copied(name, what))

    def copied(self, name: str, what: bytes | dict[str, bytes]) -> dict:
        """Staged and copied, not committed."""
        size, checksum = weigh(what)
        staged = self.stage(name, size, checksum)
        place = Path(staged["staging_location"])
        if isinstance(what, bytes):
            place.write_bytes(what)
            return staged
        for path, data in what.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(data)
        return staged

    def retry(self, name: str, what: bytes | dict[str, bytes]) -> int:
        """The client comes again after an error; the status of what stopped it, else 200."""
        try:
            self.upload(name, what)
        except RefusedError as refusal:
            return refusal.status
        return 200

    def turn(self, **later: float) -> None:
        """Run all steps, the dialect's and hosting's, so much later."""
        self.world.clock.forward(**later)
        for _, run, _ in controller.steps(self.house, self.terms, self.neighbours):
            while run():
                pass
        self.world.turn()

    def names(self) -> set[str]:
        return {str(name) for (name,) in self.world.rows("SELECT name FROM librarian_file")}

    def left(self) -> list[str]:
        """What is in the staging area."""
        return [path.name for path in self.staging.iterdir()]


def weigh(what: bytes | dict[str, bytes]) -> tuple[int, str]:
    """Size and checksum as the client tells them."""
    if isinstance(what, bytes):
        return len(what), f"xxh3:::{xxhash.xxh3_128(what).hexdigest()}"
    digests = sorted(xxhash.xxh3_128(data).hexdigest() for data in what.values())
    whole = xxhash.xxh3_128("".join(digests).encode()).hexdigest()
    return sum(map(len, what.values())), f"xxh3:::{whole}"
