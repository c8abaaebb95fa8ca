"""Folders that go into jobs: the files that are in them now, of a space or of an archive."""

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import islice

from waystation.backends.storage.posix import beneath
from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Catalogue
from waystation.domains.hosting.door import Hosting
from waystation.domains.jobs.entities import Input
from waystation.domains.jobs.rules import MOST_INPUTS, safe
from waystation.kernel.errors import MalformedError


class Folders:
    """Says which files an input is.

    Args:
        catalogue, spaces: of the house.
        most: files of one folder.
    """

    def __init__(self, catalogue: Catalogue, spaces: Hosting, most: int = MOST_INPUTS) -> None:
        self._catalogue = catalogue
        self._hosting = spaces
        self._most = most

    def spread(self, who: Grant, inputs: Sequence[Input]) -> list[Input]:
        """Inputs with the files of folders in their place.

        Raises:
            NotFoundError, ForbiddenError: a folder is not there, or not for the account.
            MalformedError: it is empty, or has more files than a job may have.
        """
        return [file for each in inputs for file in self.files(who, each)]

    def files(self, who: Grant, each: Input) -> list[Input]:
        """The same of one input; a file is itself."""
        if not each.folder:
            return [each]
        below = self._of_space if each.space else self._of_archive
        names = list(islice(below(who, each), self._most + 1))
        if not names:
            raise MalformedError(f"There is no file in {each.path} of {each.place[0]}.")
        if len(names) > self._most:
            raise MalformedError(
                f"There are more than {self._most:,} files in {each.path} of {each.place[0]}.",
                advice="Name those that the job needs.",
            )
        wrong = next((name for name in names if not safe(name)), None)
        if wrong is not None:
            raise MalformedError(f"A job's folder cannot have a file {wrong!r}.")
        return [
            Input(each.space, each.store, f"{each.path}{name}", f"{each.at}/{name}")
            for name in names
        ]

    def _of_space(self, who: Grant, each: Input) -> Iterator[str]:
        _, entry = self._hosting.files.look(who, each.space, each.path)
        if not entry.folder:
            raise MalformedError(
                f"{each.path} is no folder.", advice="A file's path does not end with '/'."
            )
        yield from self._hosting.files.below(entry, "", limit=self._most + 1)

    def _of_archive(self, who: Grant, each: Input) -> Iterator[str]:
        where = self._catalogue.store(who, each.store)
        root = where.root.rstrip("/")
        parts = each.path.removeprefix(f"{root}/").strip("/").split("/")
        if not each.path.startswith(f"{root}/") or {"", ".", ".."} & {*parts}:
            raise MalformedError(f"{each.path} is no folder below {where.root}.")
        try:
            with beneath.opened(root, parts) as folder:
                yield from _plain(folder)
        except (FileNotFoundError, NotADirectoryError) as problem:
            raise MalformedError(f"There is no folder {each.path} in {each.store}.") from problem


def _plain(folder: int) -> Iterator[str]:
    """Plain files below an open folder; links are passed over."""
    for at, folders, names, handle in os.fwalk(".", dir_fd=folder):
        folders.sort()
        for name in sorted(names):
            if stat.S_ISREG(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
                yield f"{at}/{name}".removeprefix("./")
