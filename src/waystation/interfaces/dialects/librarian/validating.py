"""validate/file: read what is here, and say what was found. Nobody else is asked in turn."""

from collections.abc import Iterator
from datetime import datetime

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import OnTapeError, Space
from waystation.interfaces.dialects.librarian import translate, wire
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.hashing import hasher, of_directory
from waystation.interfaces.dialects.librarian.refusals import refused
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import files
from waystation.interfaces.dialects.librarian.translate import Category, Severity
from waystation.kernel.database import Row

_CHUNK = 1_048_576
_MISSING = "missing"


class Validating:
    """Reads files and compares."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._house = shelf.house

    def file(self, call: Call) -> Reply:
        """Every available instance here, with what it is now.

        One whose bytes are gone is told too, with size 0 and a checksum that cannot be right; one
        that is on tape only is not read, and left out.
        """
        name = translate.parsed(call.body, wire.ValidateFile).file_name
        found = self._house.database.rows(files.named(name))
        if not found:
            raise refused(
                400,
                "This file does not exist in the librarian.",
                "Check the file name and try again.",
            )
        file = found[0]
        answers = []
        for row in self._house.database.rows(files.instances_of([int(str(file["id"]))])):
            seen = self._seen(call.space, file, row) if row["available"] else None
            if seen is not None:
                answers.append(self._compared(call.space, file, row, *seen))
        return told(answers)

    def good(self, space: Space, name: str) -> bool:
        """Whether a file is here as it was uploaded; it is read now."""
        file = self._house.database.rows(files.named(name))[0]
        for row in self._house.database.rows(files.instances_of([int(str(file["id"]))])):
            if not row["available"]:
                continue
            seen = self._seen(space, file, {**row, "checked_time": None})
            if (
                seen is not None
                and self._compared(space, file, row, *seen)["computed_same_checksum"]
            ):
                return True
        return False

    def _seen(self, space: Space, file: Row, row: Row) -> tuple[str, int] | None:
        """Checksum and size as they are, or lately were; None of what cannot be read now."""
        now, then = self._house.clock.now(), row["checked_time"]
        if isinstance(then, datetime) and then > now - self._shelf.terms.checksum_for:
            return str(row["checked_checksum"]), int(str(row["checked_size"]))
        original = str(file["checksum"])
        kind = translate.algorithm(original)
        place = self._shelf.places(space, [int(str(row["entry_id"]))])
        try:
            digest, size = self._read(space, kind, *next(iter(place.values())))
        except OnTapeError:
            return None
        except (FileNotFoundError, StopIteration):
            return translate.written(kind, _MISSING, original), 0
        checksum = translate.written(kind, digest, original)
        self._house.database.run(
            lambda conn: files.checked(
                conn, int(str(row["id"])), checksum=checksum, size=size, now=now
            )
        )
        return checksum, size

    def _read(self, space: Space, kind: str, path: str, entry: Entry) -> tuple[str, int]:
        """Digest and size of a file, or of a directory."""
        storage = self._house.hosting.spaces.storage(space)
        digests, total = [], 0
        for at, each in self._below(path, entry):
            made = hasher(kind)
            with storage.open(at, each) as reader:
                while data := reader.read(_CHUNK):
                    made.update(data)
                    total += len(data)
            digests.append(made.hexdigest())
        return (of_directory(kind, digests) if entry.folder else digests[0]), total

    def _below(self, path: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
        """A file, or all below a folder, a page at a time."""
        if not entry.folder:
            yield path, entry
            return
        after = None
        while page := self._house.hosting.files.page(entry, after=after):
            for each in page:
                yield from self._below(f"{path}/{each.name}", each)
            after = (page[-1].kind, page[-1].name)

    def _compared(
        self, space: Space, file: Row, row: Row, checksum: str, size: int
    ) -> dict[str, object]:
        good = size == file["size"] and translate.same(checksum, str(file["checksum"]))
        if not good:
            gone, wanted = translate.digits(checksum) == _MISSING, file["checksum"]
            found = "its bytes are gone" if gone else f"found {size} bytes with {checksum}"
            self._shelf.report(
                Severity.CRITICAL,
                Category.DATA_AVAILABILITY if gone else Category.DATA_INTEGRITY,
                f"{file['name']!r} should be {file['size']} bytes with {wanted}: {found}.",
                caller="validate/file",
            )
        return {
            "librarian": self._shelf.terms.name,
            "store": space.id,
            "instance_id": row["id"],
            "original_checksum": file["checksum"],
            "original_size": file["size"],
            "current_checksum": checksum,
            "current_size": size,
            "computed_same_checksum": good,
        }
