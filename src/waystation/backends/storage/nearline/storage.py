"""A tree on a file system that a tape system empties: names and sizes stay, bytes may be on tape.

Reading such a file would wait for a drive, for minutes or hours, and would start a mount for one
file. So it is refused; whoever wants it has it staged with others.
"""

from collections.abc import Callable, Sequence

from waystation.backends.storage.posix.storage import PosixStorage
from waystation.domains.hosting.entities import Locality
from waystation.domains.hosting.errors import OnTapeError
from waystation.domains.hosting.ports import Reader, Stamp
from waystation.domains.staging.entities import FileReport, Residency
from waystation.domains.staging.errors import BackendError

Locate = Callable[[Sequence[str]], list[FileReport]]
"""`TapeBackend.locate` of the tape system."""

_LOCALITY = {
    Residency.ONLINE: Locality.DISK,
    Residency.BOTH: Locality.BOTH,
    Residency.NEARLINE: Locality.TAPE,
    Residency.LOST: Locality.LOST,
}


_AWAY = {Locality.TAPE, Locality.LOST}


class NearlineStorage(PosixStorage):
    """A `Storage` in a folder of which a tape system takes care.

    Args:
        root: the folder.
        locate: asks the tape system; cheap for what the file system itself can tell.
    """

    nearline = True

    def __init__(self, root: str, locate: Locate) -> None:
        super().__init__(root)
        self._locate = locate

    def open(self, path: str, known: Stamp) -> Reader:
        """As the port promises.

        A file with blocks is on disk. One without is a stub, or so small that it lies in its
        inode: only the tape system knows.
        """
        file = super().open(path, known)
        assert file.handle is not None
        if not self.resident(file.handle) and self.localities([path])[0] in _AWAY:
            file.close()
            raise OnTapeError(
                "The file is on tape only.",
                advice="Bring it to disk first: `way stage`, or the button on the page Files.",
            )
        return file

    def localities(self, paths: Sequence[str]) -> list[Locality]:
        """As the port promises; UNKNOWN of all while the tape system does not answer."""
        try:
            reports = self._locate([self.place_of(path) for path in paths]) if paths else []
        except BackendError:
            return [Locality.UNKNOWN] * len(paths)
        return [_LOCALITY.get(report.residency, Locality.UNKNOWN) for report in reports]
