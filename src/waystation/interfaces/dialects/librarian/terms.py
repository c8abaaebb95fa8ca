"""How the Librarian is spoken here."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator decided.

    Attributes:
        space: whose files are the library; names are paths in it. Also the name of the one store.
        name: of this librarian, as its peers know it.
        title, description: what a ping says.
        staging: folder that clients and we both see; the parts of uploads are in it.
        hostnames: machines that see it.
        most_results: rows in one answer, whatever is asked for.
        most_bytes: of one upload.
        staged_for: an upload that nobody commits is given up after so long.
        checksum_for: what `validate/file` found is good for so long.
        threads: files that are read at once.
        collection: Globus collection by which other librarians reach the staging area; empty
            when they see it as clients do.
        collection_base: that folder as the collection names it; empty is by the same path.
    """

    space: str
    name: str
    title: str
    description: str
    staging: Path
    hostnames: tuple[str, ...]
    most_results: int = 64
    most_bytes: int = 50_000_000_000
    staged_for: timedelta = timedelta(days=7)
    checksum_for: timedelta = timedelta(days=1)
    threads: int = 4
    collection: str = ""
    collection_base: str = ""

    def providers(self) -> dict[str, object]:
        """Ways by which other librarians may bring files, as they know them."""
        if self.collection:
            known = {"destination_endpoint": self.collection, "native_app": False}
            new = {"transfer_attempted": False, "transfer_complete": False, "task_id": ""}
            return {"globus": {**known, **new}}
        return {"local": {"hostnames": list(self.hostnames)}}

    def reached(self, location: str) -> str:
        """A place in the staging area, as that way names it."""
        if not self.collection or not self.collection_base:
            return location
        return f"{self.collection_base}{location.removeprefix(str(self.staging))}"
