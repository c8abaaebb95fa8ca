"""What a Librarian writes down, and how it answers its peers."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import xxhash

INITIATED, ONGOING, STAGED, COMPLETED, FAILED, CANCELLED = range(6)
_NAMES = ("INITIATED", "ONGOING", "STAGED", "COMPLETED", "FAILED", "CANCELLED")
_NEXT = {INITIATED: {1, 2, 4, 5}, ONGOING: {2, 4, 5}, STAGED: {4, 5}}
_OPEN = (INITIATED, ONGOING, STAGED)

Post = Callable[[str, Mapping[str, Any]], tuple[int, Any]]
"""Calls the other librarian: path, body -> status, what it answers."""


@dataclass
class File:
    """A file, or directory, of its store."""

    size: int
    checksum: str
    uploader: str
    source: str
    path: Path


@dataclass
class Transfer:
    """A row of incoming_transfers, or of outgoing_transfers."""

    id: int
    name: str
    size: int
    checksum: str
    other: str
    status: int = INITIATED
    uploader: str = ""
    number_there: int | None = None
    place: Path = field(default_factory=Path)


class Librarian:
    """One of them.

    Args:
        root: its staging area and its store are made here.
        name: of it.
        users: passwords of its peers, who are named as their librarians.
        hostnames: that see its folders.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        users: Mapping[str, str],
        hostnames: Sequence[str] = ("localhost",),
    ) -> None:
        self.name, self.users, self.hostnames = name, dict(users), list(hostnames)
        self.staging, self.store = root / "staging", root / "store"
        for folder in (self.staging, self.store):
            folder.mkdir(parents=True, exist_ok=True)
        self.files: dict[str, File] = {}
        self.incoming: dict[int, Transfer] = {}
        self.outgoing: dict[int, Transfer] = {}
        self.remote: list[tuple[str, str, int]] = []
        self.calls: list[str] = []
        self.lock = threading.RLock()

    # ------------------------------------------------------------------------------- what it hears

    def answer(self, path: str, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        """Status and document of a call of a user whose password was right."""
        with self.lock:
            self.calls.append(path)
            found = {
                "ping/": self._ping,
                "ping/logged": self._ping,
                "search/file": self._search,
                "clone/batch_stage": self._batch_stage,
                "clone/complete": self._complete,
                "clone/fail": self._fail,
                "checkin/status": self._status,
                "checkin/update": self._update,
            }.get(path)
            return found(user, asked) if found else (404, {"detail": "Not Found"})

    def _ping(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        del user, asked
        return 200, {"name": f"Site {self.name}", "description": ""}

    def _search(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        del user
        name = asked["name"]
        if name not in self.files:
            words = "Check that you are searching for the correct file."
            return 404, {"reason": "No files found.", "suggested_remedy": words}
        file = self.files[name]
        there = file.path.exists()
        instance = {"path": str(file.path), "available": there, "deletion_policy": 0}
        known = {"name": name, "size": file.size, "checksum": file.checksum}
        more = {"uploader": file.uploader, "source": file.source, "remote_instances": []}
        return 200, [{**known, **more, "instances": [instance]}]

    def _batch_stage(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        bad: dict[int, list[int]] = {425: [], 409: [], 406: []}
        for each in asked["uploads"]:
            if why := self._hindrance(each):
                bad[why].append(each["source_transfer_id"])
        for status, numbers in bad.items():
            if numbers:
                return status, _refusal(status, numbers)
        if asked["total_size"] < 0:
            words = {"reason": "Upload size must be positive.", "suggested_remedy": ""}
            return 400, {"detail": json.dumps(words)}
        uploads = [self._staged(user, asked["source"], each) for each in asked["uploads"]]
        providers = {"local": {"hostnames": self.hostnames}}
        known = {"available_bytes_on_store": 10**12, "store_name": "store"}
        return 201, {**known, "uploads": uploads, "async_transfer_providers": providers}

    def _hindrance(self, item: Mapping[str, Any]) -> int:
        """Why it does not come, as a status; 0 when it does."""
        name = item["destination_location"]
        if name in self.files:
            return 409
        for each in self.incoming.values():
            if (each.name, each.checksum) == (name, item["upload_checksum"]):
                if each.status == ONGOING:
                    return 425
                if each.status in (INITIATED, STAGED):
                    self._drop(each, FAILED)
                    return 406
        return 0

    def _staged(self, user: str, source: str, item: Mapping[str, Any]) -> dict[str, Any]:
        number, folder = len(self.incoming) + 1, str(uuid4())
        (self.staging / folder).mkdir()
        (self.staging / folder).chmod(0o777)
        made = Transfer(
            number,
            item["destination_location"],
            item["upload_size"],
            item["upload_checksum"],
            source,
            uploader=user,
            number_there=item["source_transfer_id"],
            place=self.staging / folder / item["upload_name"],
        )
        self.incoming[number] = made
        return {
            "staging_name": folder,
            "staging_location": str(made.place),
            "upload_name": item["upload_name"],
            "destination_location": made.name,
            "source_transfer_id": made.number_there,
            "destination_transfer_id": number,
        }

    def _complete(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        sent = self.outgoing.get(asked["source_transfer_id"])
        if sent is None or sent.other != user:
            return 400, {"reason": "Could not find transfer.", "suggested_remedy": "", **asked}
        if sent.status not in (ONGOING, STAGED):
            reason = "Transfer is not in ONGOING or STAGED status."
            return 406, {"reason": reason, "suggested_remedy": "", **asked}
        sent.status = COMPLETED
        self.remote.append((sent.name, user, asked["store_id"]))
        return 200, {k: v for k, v in asked.items() if k != "store_id"}

    def _fail(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        coming = self.incoming.get(asked["destination_transfer_id"])
        if coming is None or coming.uploader != user:
            number = asked["destination_transfer_id"]
            return 404, {"reason": f"Could not find transfer with ID {number}."}
        self._drop(coming, FAILED)
        return 200, {**{k: v for k, v in asked.items() if k != "reason"}, "success": True}

    def _status(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        def told(ids: Sequence[int], table: Mapping[int, Transfer]) -> dict[str, int | None]:
            mine = {n: table[n].status for n in ids if n in table and _of(table[n], user)}
            return {str(n): mine.get(n) for n in ids}

        return 200, {
            "source_transfer_status": told(asked["source_transfer_ids"], self.outgoing),
            "destination_transfer_status": told(asked["destination_transfer_ids"], self.incoming),
        }

    def _update(self, user: str, asked: Mapping[str, Any]) -> tuple[int, Any]:
        new, reasons, told = asked["new_status"], set(), {}
        for which, table in (("source", self.outgoing), ("destination", self.incoming)):
            good, bad = [], []
            for number in asked[f"{which}_transfer_ids"]:
                each = table.get(number)
                if each is None or not _of(each, user):
                    bad.append(number)
                    reasons.add("You are not authorized to modify the transfer.")
                elif new not in _NEXT.get(each.status, set()):
                    bad.append(number)
                    reasons.add(f"Transition from {_NAMES[each.status]} to {_NAMES[new]}")
                else:
                    each.status = new
                    good.append(number)
            told[f"modified_{which}_transfer_ids"] = good
            told[f"unmodified_{which}_transfer_ids"] = bad
        return 200, {**told, "reasons": sorted(reasons)}

    def _drop(self, coming: Transfer, status: int) -> None:
        coming.status = status
        shutil.rmtree(coming.place.parent, ignore_errors=True)

    # -------------------------------------------------------------------------------- what it does

    def keep(self, name: str, what: bytes | Mapping[str, bytes]) -> None:
        """A file, or a directory, of its own."""
        path = self.store / name
        if isinstance(what, bytes):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(what)
        else:
            for below, data in what.items():
                (path / below).parent.mkdir(parents=True, exist_ok=True)
                (path / below).write_bytes(data)
        size, digest = weighed(path, "xxh3")
        self.files[name] = File(size, f"xxh3:::{digest}", "ana", self.name, path)

    def recieve(self, post: Post | None) -> int:
        """Its task of that name: take in what is staged, call back once a file; how many."""
        count = 0
        with self.lock:
            waits = [each for each in self.incoming.values() if each.status == STAGED]
        for each in waits:
            with self.lock:
                good = each.place.exists() and self._right(each)
                if good:
                    path = self.store / each.name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    shutil.move(each.place, path)
                    file = File(each.size, each.checksum, each.uploader, each.other, path)
                    self.files[each.name] = file
                self._drop(each, COMPLETED if good else FAILED)
            ids = {"source_transfer_id": each.number_there, "destination_transfer_id": each.id}
            if post is not None and good:
                post("clone/complete", {**ids, "store_id": 1})
            elif post is not None:
                source = {"source_transfer_ids": [each.number_there], "new_status": FAILED}
                post("checkin/update", {**source, "destination_transfer_ids": []})
            count += 1
        return count

    def _right(self, coming: Transfer) -> bool:
        kind, _, wanted = coming.checksum.rpartition(":::")
        return weighed(coming.place, kind or "md5") == (coming.size, wanted)

    def send(self, names: Sequence[str], destination: str, post: Post) -> tuple[int, Any]:
        """Its task send_clone: announce files; what the other side answers."""
        made, items = [], []
        for name in names:
            file = self.files[name]
            sent = Transfer(len(self.outgoing) + 1, name, file.size, file.checksum, destination)
            self.outgoing[sent.id] = sent
            made.append(sent)
            known = {"upload_size": file.size, "upload_checksum": file.checksum}
            place = {"upload_name": name, "destination_location": name}
            ids = {"uploader": file.uploader, "source_transfer_id": sent.id}
            items.append({**known, **place, **ids})
        total = sum(self.files[name].size for name in names)
        body = {"uploads": items, "source": self.name, "total_size": total}
        status, told = post("clone/batch_stage", body)
        places = {u["source_transfer_id"]: u for u in told.get("uploads", [])}
        for sent in made:
            if sent.id not in places:
                sent.status = FAILED
                continue
            sent.number_there = places[sent.id]["destination_transfer_id"]
            sent.place = Path(places[sent.id]["staging_location"])
        self.tell(ONGOING, post)
        return status, told

    def move(self) -> None:
        """Its task consume_queue, by its local mover."""
        for sent in self.outgoing.values():
            if sent.status == ONGOING:
                source = self.files[sent.name].path
                if source.is_dir():
                    shutil.copytree(source, sent.place, dirs_exist_ok=True)
                else:
                    shutil.copyfile(source, sent.place)

    def tell(self, status: int, post: Post) -> None:
        """The other side first, then blindly its own rows, whatever they are by then."""
        before = (INITIATED,) if status == ONGOING else (INITIATED, ONGOING)
        mine = [each for each in self.outgoing.values() if each.status in before]
        ids = [each.number_there for each in mine if each.number_there is not None]
        if ids:
            both = {"source_transfer_ids": [], "destination_transfer_ids": ids}
            post("checkin/update", {**both, "new_status": status})
        for each in mine:
            each.status = status


def weighed(path: Path, kind: str) -> tuple[int, str]:
    """Size and digest of a file or a directory, as the wire has them."""
    if path.is_dir():
        below = [each for each in sorted(path.rglob("*")) if each.is_file()]
        found = [weighed(each, kind) for each in below]
        text = "".join(sorted(digest for _, digest in found))
        return sum(size for size, _ in found), _digest(kind, text.encode())
    data = path.read_bytes()
    return len(data), _digest(kind, data)


def _digest(kind: str, data: bytes) -> str:
    if kind == "xxh3":
        return xxhash.xxh3_128_hexdigest(data)
    return hashlib.new(kind, data, usedforsecurity=False).hexdigest()


def _of(each: Transfer, user: str) -> bool:
    return user in (each.other, each.uploader)


def _refusal(status: int, numbers: list[int]) -> dict[str, Any]:
    reason = {
        425: "Transfer is ongoing.",
        409: "File already exists on librarian.",
        406: "Transfer was already initiated or staged.",
    }[status]
    ids = {"source_transfer_ids": numbers, "destination_transfer_ids": [-1] * len(numbers)}
    return {"reason": reason, "suggested_remedy": "", **ids}
