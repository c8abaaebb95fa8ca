"""search/file, search/instance_local, search/error, error/clear."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.hosting.door import Space
from waystation.domains.transfers.door import CopyView
from waystation.interfaces.dialects.librarian import refusals, translate, wire
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.refusals import refused
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import errors, files
from waystation.kernel.database import Row


class Searching:
    """Looks up files, instances and errors."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._database = shelf.house.database

    def files(self, call: Call) -> Reply:
        """Files by exact name, time, uploader and source; newest first, no more than the cap."""
        asked = translate.parsed(call.body, wire.FindFiles)
        found = self._database.rows(
            files.found(
                name=asked.name,
                window=_window(asked.create_time_window),
                uploader=asked.uploader,
                source=asked.source,
                limit=self._cap(asked.max_results),
            )
        )
        if not found:
            remedy = "Check that you are searching for the correct file."
            raise refused(404, "No files found.", remedy)
        there = self._database.rows(files.instances_of([_number(row, "id") for row in found]))
        by_file: dict[int, list[Row]] = {}
        for row in there:
            by_file.setdefault(_number(row, "file_id"), []).append(row)
        shown = self._shown(call.space, there)
        entries = [_number(row, "entry_id") for row in there]
        copies = self._shelf.house.transfers.receiving.copies(entries)
        answers = []
        for row in found:
            mine = by_file.get(_number(row, "id"), [])
            instances = [shown[_number(each, "id")] for each in mine]
            # The old server shows neither number nor name here.
            hidden = [{**each, "id": None, "file_name": None} for each in instances]
            far = [c for each in mine for c in copies.get(_number(each, "entry_id"), [])]
            remote = [self._remote(copy) for copy in far]
            answers.append({**file_told(row), "instances": hidden, "remote_instances": remote})
        return told(answers)

    def instances(self, call: Call) -> Reply:
        """Instances here; the wire's paths are absolute."""
        asked = translate.parsed(call.body, wire.FindInstances)
        space = call.space
        path = asked.path
        if path is not None:
            path = path.removeprefix(f"{space.base}/")
        nowhere = asked.store_id is not None and asked.store_id != space.id
        found = (
            []
            if nowhere
            else self._database.rows(
                files.instances(
                    number=asked.id,
                    path=path,
                    deletion_policy=asked.deletion_policy,
                    created_time=translate.utc(asked.created_time) if asked.created_time else None,
                    file_name=asked.file_name,
                    available=asked.available,
                    limit=self._cap(asked.max_results),
                )
            )
        )
        if not found:
            raise refusals.no_instances("Check that you are searching for existing instances")
        shown = self._shown(space, found)
        return told(
            [{**shown[_number(row, "id")], "file_name": row["file_name"]} for row in found]
        )

    def errors(self, call: Call) -> Reply:
        """Errors, newest first; those that were cleared only when asked for."""
        asked = translate.parsed(call.body, wire.FindErrors)
        found = self._database.rows(
            errors.found(
                number=asked.id,
                category=asked.category,
                severity=asked.severity,
                window=_window(asked.create_time_window),
                resolved=asked.include_resolved,
                limit=self._cap(asked.max_results),
            )
        )
        if not found:
            raise refused(
                404,
                "No errors found.",
                "Check that you are searching for the correct errors, or maybe you have a happy "
                "librarian!",
            )
        return told(
            [
                {
                    **row,
                    "raised_time": _told(row["raised_time"]),
                    "cleared_time": _told(row["cleared_time"]),
                }
                for row in found
            ]
        )

    def clear(self, call: Call) -> Reply:
        """An operator has seen an error."""
        number = translate.parsed(call.body, wire.ClearError).id
        now = self._shelf.house.clock.now()
        row, was_open = self._database.run(lambda conn: errors.clear(conn, number, now=now))
        remedy = "Check you are searching for a valid error ID."
        if row is None:
            raise refused(404, f"No error found with ID {number} to clear.", remedy)
        if not was_open:
            raise refused(400, f"Error with ID {number} has already been cleared.", remedy)
        return told({"id": number, "cleared_time": _told(row["cleared_time"]), "cleared": True})

    def _cap(self, wanted: int) -> int:
        return max(min(wanted, self._shelf.terms.most_results), 0)

    def _remote(self, copy: CopyView) -> dict[str, object]:
        """A copy at a partner; the number of its store there is not kept."""
        return {
            "librarian_name": copy.partner,
            "copy_time": _told(copy.landed),
            "id": None,
            "file_name": None,
            "store_id": None,
            "sender": self._shelf.terms.name,
        }

    def _shown(self, space: Space, found: Sequence[Row]) -> dict[int, dict[str, object]]:
        """Instances by number, each where its bytes are now."""
        places = self._shelf.places(space, [_number(row, "entry_id") for row in found])
        shown: dict[int, dict[str, object]] = {}
        for row in found:
            there = places.get(_number(row, "entry_id"))
            path = there[0] if there is not None else str(row["path"])
            shown[_number(row, "id")] = {
                "path": f"{space.base}/{path}",
                "deletion_policy": row["deletion_policy"],
                "created_time": _told(row["created_time"]),
                "available": bool(row["available"]) and there is not None,
                "id": row["id"],
                "file_name": None,
                "store_id": space.id,
            }
        return shown


def file_told(row: Row) -> dict[str, object]:
    """What the wire says of a file itself."""
    names = ("name", "size", "checksum", "uploader", "source")
    return {**{name: row[name] for name in names}, "create_time": _told(row["create_time"])}


def _told(moment: object) -> str | None:
    return translate.told(moment) if isinstance(moment, datetime) else None


def _window(asked: tuple[datetime, datetime] | None) -> tuple[datetime, datetime] | None:
    return None if asked is None else (translate.utc(asked[0]), translate.utc(asked[1]))


def _number(row: Row, name: str) -> int:
    return int(str(row[name]))
