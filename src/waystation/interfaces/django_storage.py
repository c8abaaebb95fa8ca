"""Django's own storage interface over a space, so that other people's Django apps keep files here.

    STORAGES = {"default": {"BACKEND": "waystation.interfaces.django_storage.SpaceStorage",
                            "OPTIONS": {"space": "lab", "account": "press", "folder": "app"}}}

Whatever stores are behind the space (disk, bucket, another site), its quota, its trash, digests
and the trail are as for every other file. The app may do what the account may do there.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.domains.hosting.door import Condition, PreconditionError
from waystation.interfaces.dav.digests import Hasher
from waystation.interfaces.services import services
from waystation.kernel import tracing
from waystation.kernel.errors import MalformedError, NotFoundError

_CHUNK = 2**18
_IN_MEMORY = 2**20
_TRIES = 10
_NEW = Condition(absent=True)


@deconstructible
class SpaceStorage(Storage):
    """A folder of a space as Django's `Storage`; see Django's documentation for each method.

    Args:
        space: its name.
        account: who puts and reads the files; needs a role there.
        folder: in the space, made when something is put; empty is all of it.
    """

    def __init__(self, space: str, account: str, folder: str = "") -> None:
        self.space = space
        self.account = account
        self.folder = folder.strip("/")

    def exists(self, name: str) -> bool:
        """Whether there is a file or folder of that name."""
        try:
            self._look(name)
        except NotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return self._look(name).size

    def get_modified_time(self, name: str) -> datetime:
        """When its content was last changed, in UTC."""
        return self._look(name).mtime

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Names of the folders and of the files in a folder."""
        folder, files = self._look(path), services().hosting.files
        found: tuple[list[str], list[str]] = ([], [])
        after: tuple[EntryKind, str] | None = None
        while page := files.page(folder, after=after):
            for entry in page:
                found[0 if entry.folder else 1].append(entry.name)
            after = page[-1].kind, page[-1].name
        return found

    def delete(self, name: str) -> None:
        """Into the space's trash; what is not there is as good as deleted."""
        with contextlib.suppress(NotFoundError), self._acting() as who:
            services().hosting.files.remove(who, self.space, self._at(name))

    def url(self, name: str | None) -> str:
        """Its address below `/dav`; who opens it needs a role in the space, or a share link."""
        return f"/dav/{self.space}/{self._at(name or '')}"

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if set(mode) - {"r", "b"}:
            raise MalformedError("Files of a space are opened for reading; save a new one.")
        house, who = services(), self._who()
        space, entry = house.hosting.files.look(who, self.space, self._at(name))
        if entry.folder:
            raise FileNotFoundError(f"{name} is a folder")
        kept: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the caller closes it
        with house.hosting.spaces.storage(space).open(self._at(name), entry) as file:
            while data := file.read(_CHUNK):
                kept.write(data)
        kept.seek(0)
        return File(kept, name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Store it under that name, or one like it when somebody was quicker."""
        with self._acting() as who:
            services().hosting.files.make_way(who, self.space, self._at(name))
            for _ in range(_TRIES):
                try:
                    self._put(who, name, content)
                except PreconditionError:
                    name = self.get_available_name(name)
                    content.seek(0)
                else:
                    return name
        raise FileExistsError(f"others take every name like {name}")

    def _put(self, who: Grant, name: str, content: "File[bytes]") -> None:
        hosting, hasher, size = services().hosting, Hasher({}), 0
        ticket = hosting.uploads.begin(
            who, self.space, self._at(name), bytes_=content.size, condition=_NEW
        )
        try:
            sink = hosting.spaces.storage(ticket.space).receive(ticket.part, expected=content.size)
            try:
                for data in _chunks(content):
                    if size + len(data) > ticket.held_bytes:
                        raise MalformedError("More bytes came than the file said that it has.")
                    sink.write(data)
                    hasher.update(data)
                    size += len(data)
                sink.finish(durable=ticket.space.durable)
            finally:
                sink.close()
            adler32, sha256 = hasher.result()
            hosting.uploads.commit(
                ticket, size=size, adler32=adler32, sha256=sha256, condition=_NEW
            )
        except BaseException:
            hosting.uploads.abort(ticket)
            raise

    def _look(self, name: str) -> Entry:
        who, at = self._who(), self._at(name)
        return services().hosting.files.look(who, self.space, at, content=False)[1]

    def _at(self, name: str) -> str:
        return str(PurePosixPath(self.folder) / name.strip("/")) if name else self.folder

    @contextlib.contextmanager
    def _acting(self) -> Iterator[Grant]:
        """The account, and the trail tells of it and not of who served before."""
        who = self._who()
        before = tracing.actor.set(who.actor)
        try:
            yield who
        finally:
            tracing.actor.reset(before)

    def _who(self) -> Grant:
        found = services().accounts.by_name(self.account)
        if found is None:
            raise ImproperlyConfigured(f"There is no account {self.account!r}.")
        return replace(found, via="Django storage")


def _chunks(content: "File[bytes] | File[str]") -> Iterator[bytes]:
    for data in content.chunks(_CHUNK):
        # Django's ContentFile of text gives text, whatever its type says.
        yield data.encode() if isinstance(data, str) else data
