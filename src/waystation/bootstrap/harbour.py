"""Our own spaces as transfers see them: hosting, behind the port of transfers."""

import shutil
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import cast
from urllib.parse import quote

from waystation.bootstrap.harbour_tapes import Tapes
from waystation.domains.accounts.door import ALL_SCOPES, Accounts, Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting import door as hosting
from waystation.domains.quotas.door import room
from waystation.domains.transfers.entities import Arrival, Endpoint, Kind, Parcel, Root, Wreck
from waystation.domains.transfers.ports import Bound, Brought, Look, Still
from waystation.interfaces.macaroons import asking
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection
from waystation.kernel.errors import ForbiddenError, MalformedError

HOUSE = Grant(
    0, "replication", admin=True, groups=frozenset(), scopes=ALL_SCOPES, via="replication"
)
"""Who mends: bytes that were stored here before, at their own place."""
READ, WRITE = "activity:DOWNLOAD,LIST", "activity:UPLOAD,MANAGE,LIST,DOWNLOAD"


class Spaces:
    """A `Harbour`.

    Args:
        accounts, spaces: of the house.
        clock: of the house.
        key: of the house's capabilities.
        url: by which partners reach our WebDAV; empty is not at all.
        hosts: that see our folders at the same paths.
        ways: how others reach the folders of stores: (root, ends at it).
        tapes: brings what is on tape; None where nothing is.
    """

    def __init__(
        self,
        accounts: Accounts,
        spaces: hosting.Hosting,
        clock: Clock,
        *,
        key: str,
        url: str,
        hosts: Sequence[str],
        ways: Sequence[tuple[str, Sequence[Endpoint]]] = (),
        tapes: Tapes | None = None,
    ) -> None:
        self._accounts = accounts
        self._hosting = spaces
        self._clock = clock
        self._key = key
        self._url = url.rstrip("/")
        self._hosts = tuple(hosts)
        self._ways = tuple(ways)
        self._tapes = tapes

    def root(self, account_id: int, space: str) -> Root:
        """As the port promises."""
        found = self._hosting.spaces.need(self._who(account_id), space, hosting.Role.READER)
        return Root(found.store_id, found.root_id)

    def sources(self, account_id: int, space: str, until: datetime) -> Sequence[Endpoint]:
        """As the port promises: the folder itself, then our WebDAV."""
        who = self._who(account_id)
        found = self._hosting.spaces.need(who, space, hosting.Role.READER)
        ends = []
        if self._hosting.spaces.storage(found).local("") is not None:
            names = " ".join({socket.gethostname(), *self._hosts})
            ends.append(Endpoint(Kind.PATH, {"root": found.base, "hosts": names}))
            ends += self._reached(found.base)
        return [*ends, *self._door(who, space, READ, until)]

    def bring(
        self, account_id: int, space: str, name: str, paths: Sequence[str], until: datetime
    ) -> Brought:
        """As the port promises."""
        if self._tapes is None:
            return Brought()
        who = self._who(account_id)
        found = self._hosting.spaces.need(who, space, hosting.Role.READER)
        hold_s = max(1, int((until - self._clock.now()).total_seconds()))
        return self._tapes.bring(who, found, name, paths, hold_s=hold_s)

    def release(self, account_id: int, request: int) -> None:
        """As the port promises."""
        if self._tapes is not None:
            self._tapes.release(self._who(account_id), request)

    def targets(
        self, account_id: int, space: str, landing: str, until: datetime
    ) -> Sequence[Endpoint]:
        """As the port promises: a landing that others reach, then our WebDAV."""
        who, ends = self._who(account_id), []
        folder = self._hosting.landing.folder(who, space, landing)
        if folder is not None:
            if self._hosts:
                known = {"root": folder, "hosts": " ".join(self._hosts)}
                ends.append(Endpoint(Kind.PATH, known))
            ends += self._reached(folder)
        return [*ends, *self._door(who, space, WRITE, until)]

    def bounds(self, account_id: int, space: str) -> list[Bound]:
        """As the port promises: quotas of the space and of its owner, and the disk."""
        spaces = self._hosting.spaces
        found = spaces.need(self._who(account_id), space, hosting.Role.READER)
        all_ = [each.space for each in spaces.mine(HOUSE)]
        charged = {
            f"space:{found.id}": [space],
            f"user:{found.owner_id}": [e.name for e in all_ if e.owner_id == found.owner_id],
        }
        bounds = [Bound(each, names, partial(_quota, each)) for each, names in charged.items()]
        if spaces.storage(found).local("") is not None:
            beside = [each.name for each in all_ if each.store_id == found.store_id]
            bounds.append(Bound("The disk", beside, lambda _: _free(found.base)))
        return bounds

    def look(self, account_id: int, space: str, parcels: Sequence[Parcel]) -> list[Look]:
        """As the port promises."""
        who = self._who(account_id)
        self._hosting.spaces.need(who, space, hosting.Role.WRITER)
        there = self._hosting.batches.find(who, space, [parcel.path for parcel in parcels])
        damaged = self._hosting.caring.among([entry for entry in there if entry is not None])
        found = [_look(parcel, entry) for parcel, entry in zip(parcels, there, strict=True)]
        return [replace(e, same=False) if e.entry_id in damaged else e for e in found]

    def land(
        self, account_id: int, space: str, landing: str, parcels: Sequence[Parcel]
    ) -> list[Arrival]:
        """As the port promises."""
        awaited = [_awaited(parcel) for parcel in parcels]
        found = self._hosting.landing.land(self._who(account_id), space, landing, awaited)
        return [_arrival(parcel, each) for parcel, each in zip(parcels, found, strict=True)]

    def clear(self, account_id: int, space: str, landing: str) -> None:
        """As the port promises."""
        self._hosting.landing.clear(self._who(account_id), space, landing)

    def holds(self, account_id: int, space: str, files: Sequence[tuple[str, str]]) -> list[bool]:
        """As the port promises."""
        who = self._who(account_id)
        there = self._hosting.batches.find(who, space, [path for path, _ in files])
        known = [entry for entry in there if entry is not None]
        wrong = {*self._hosting.caring.among(known), *self._hosting.mending.suspected(known)}
        return [
            entry is not None and entry.id not in wrong and _digest(entry) == digest
            for (_, digest), entry in zip(files, there, strict=True)
        ]

    def doubt(self, account_id: int, space: str, files: Sequence[tuple[str, str]]) -> None:
        """As the port promises."""
        who = self._who(account_id)
        there = self._hosting.batches.find(who, space, [path for path, _ in files])
        self._hosting.mending.suspect(
            [
                entry.id
                for (_, digest), entry in zip(files, there, strict=True)
                if entry is not None and _digest(entry) == digest
            ]
        )

    def wrecks(self, *, after: int, limit: int) -> list[Wreck]:
        """As the port promises."""
        found = self._hosting.mending.wrecks(after=after, limit=limit)
        return [Wreck(w.entry_id, w.space, w.path, w.size, w.sha256, w.words) for w in found]

    def suspect(self, ids: Sequence[int]) -> None:
        """As the port promises."""
        self._hosting.mending.suspect(ids)

    def berths(self, space: str, landing: str, until: datetime) -> list[Endpoint]:
        """As the port promises: a landing; of spaces without folders our own WebDAV.

        There the space's owner stores the file once more; the token stays in this house.
        """
        folder = self._hosting.mending.folder(HOUSE, space, landing)
        if folder is None:
            found = self._hosting.spaces.need(HOUSE, space, hosting.Role.READER)
            return self._door(self._who(found.owner_id), space, WRITE, until)
        names = " ".join({socket.gethostname(), *self._hosts})
        here = Endpoint(Kind.PATH, {"root": folder, "hosts": names})
        return [here, *self._reached(folder)]

    def mend(
        self, space: str, landing: str, wanted: Sequence[tuple[int, Parcel]]
    ) -> list[Arrival]:
        """As the port promises."""
        awaited = {entry_id: _awaited(parcel) for entry_id, parcel in wanted}
        found = self._hosting.mending.mend(HOUSE, space, landing, awaited)
        return [_arrival(parcel, found[entry_id]) for entry_id, parcel in wanted]

    def shed(self, account_id: int, space: str, ids: Sequence[int], still: Still) -> int:
        """As the port promises."""
        return len(self._hosting.shedding.shed(self._who(account_id), space, ids, still))

    def sweep(self, space: str, landing: str) -> None:
        """As the port promises."""
        self._hosting.mending.clear(HOUSE, space, landing)

    def _who(self, account_id: int) -> Grant:
        found = self._accounts.by_id(account_id)
        if found is None:
            raise ForbiddenError("The account is closed.", advice="An administrator can open it.")
        return found

    def _reached(self, folder: str) -> list[Endpoint]:
        """A folder of ours by each way of its store."""
        found = []
        for root, ways in self._ways:
            if PurePath(folder).is_relative_to(root):
                inner = PurePath(folder).relative_to(root)
                found += [_below(way, inner.parts) for way in ways]
        return found

    def _door(self, who: Grant, space: str, activity: str, until: datetime) -> list[Endpoint]:
        if not self._url:
            return []
        now = self._clock.now()
        seconds = max(1, int((until - now).total_seconds()))
        asked = asking.Request(caveats=[activity], validity=f"PT{seconds}S")
        path = f"/dav/{space}"
        token = asking.made(self._key, who, path, asked, site=self._url, now=now)
        return [Endpoint(Kind.HTTP, {"url": f"{self._url}{path}", "token": token})]


def _quota(subject: str, conn: object) -> int | None:
    """Bytes that a subject may still have; None is no limit."""
    return room(cast("Connection", conn), subject)


def _free(folder: str) -> int | None:
    """Bytes that a disk has left; None when it does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _below(way: Endpoint, names: Sequence[str]) -> Endpoint:
    """A folder below the end of a way."""
    coded = [quote(name) if way.kind in {Kind.HTTP, Kind.GRIDFTP} else name for name in names]
    fact = _PLACE[way.kind]
    return Endpoint(way.kind, {**way.facts, fact: "/".join([way.facts[fact].rstrip("/"), *coded])})


_PLACE = {
    Kind.PATH: "root",
    Kind.HTTP: "url",
    Kind.GRIDFTP: "url",
    Kind.GLOBUS: "base",
    Kind.RSYNC: "url",
    Kind.RCLONE: "remote",
}
"""The fact that says where it is."""


def _look(parcel: Parcel, entry: Entry | None) -> Look:
    if entry is None:
        try:
            named = hosting.names(parcel.path)
        except MalformedError as problem:
            return Look(same=False, words=problem.sentence)
        words = "" if named and not parcel.path.endswith("/") else "A file needs a name."
        return Look(same=False, words=words)
    if entry.folder:
        return Look(same=False, words="A folder of that name is there.")
    return Look(_awaited(parcel).same(entry), entry.id, entry.sha256)


def _arrival(parcel: Parcel, each: hosting.Arrival) -> Arrival:
    return Arrival(parcel.n, each.entry.id if each.entry is not None else None, each.words)


def _awaited(parcel: Parcel) -> hosting.Awaited:
    return hosting.Awaited(
        path=parcel.path,
        size=parcel.size,
        sha256=bytes.fromhex(parcel.sha256) if parcel.sha256 else None,
        adler32=int(parcel.adler32, 16) if parcel.adler32 else None,
        mtime=parcel.mtime,
    )


def _digest(entry: Entry) -> str:
    return entry.sha256.hex() if entry.sha256 is not None else ""
