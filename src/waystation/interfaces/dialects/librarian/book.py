"""Numbers of files that go to other librarians, for what calls them."""

from collections.abc import Mapping, Sequence

from waystation.interfaces.dialects.librarian.store import files, outgoing
from waystation.interfaces.dialects.librarian.store.outgoing import Outgoing
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


class SentBook:
    """Writes them down, each call in a transaction of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self, partner_id: int, key: str, files: Mapping[int, str]) -> Sequence[Outgoing]:
        """Give numbers to the files of a shipment; those that have some keep them."""
        now = self._clock.now()
        return self._database.run(
            lambda conn: outgoing.open_(conn, partner_id, key, files, now=now)
        )

    def of(self, partner_id: int, keys: Sequence[str]) -> Sequence[Outgoing]:
        """Files of shipments."""
        return self._database.run(lambda conn: outgoing.of_shipments(conn, partner_id, keys))

    def under_way(self, partner_id: int, names: Sequence[str]) -> Sequence[Outgoing]:
        """What was announced under these names, and has not ended as we know."""
        return self._database.run(lambda conn: outgoing.under_way(conn, partner_id, names))

    def checksum(self, name: str, sha256: str) -> str | None:
        """The wire's, of the file of our library that has this name and this digest."""
        found = self._database.rows(files.checksum_of(name, bytes.fromhex(sha256)))
        return str(found[0]["checksum"]) if found else None

    def placed(self, places: Mapping[int, tuple[int, str]]) -> None:
        """Room was made: our number -> theirs, and where."""
        self._database.run(lambda conn: outgoing.placed(conn, places))

    def stand(self, statuses: Mapping[int, int]) -> None:
        """How files stand there, by our numbers."""
        self._database.run(lambda conn: outgoing.stand(conn, statuses))
