"""The same small house with its bytes in a real object store."""

from pathlib import Path

from hosting.world import SPACE, World
from object_store import ObjectStore
from waystation.backends.storage.keys import Tree
from waystation.backends.storage.s3.storage import S3Storage
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Storage
from waystation.kernel.locks import Locks


class CloudWorld(World):
    """A `World`; `check` also asks that no byte lies in the bucket that nobody knows of."""

    def __init__(self, dsn: str, cloud: ObjectStore) -> None:
        self.bucket, self.locks = cloud.bucket(), Locks(dsn)
        root = cloud.folder()
        self.tree_of_keys = Tree(f"{root}/{SPACE}".strip("/"))
        super().__init__(dsn, Path(root))

    def bytes_of(self, folder: str) -> Storage:
        return S3Storage(self.bucket, folder, self.locks)

    def end(self) -> None:
        """Give all back."""
        self.close()
        self.locks.close()
        self.bucket.threads.shutdown()

    def disk(self) -> dict[str, bytes]:
        """Every file by its path, as it is read."""
        return {path: self.get(path) for path in self.tree()}

    def parts(self) -> list[str]:
        """Uploads that are not finished."""
        return self.bytes_of(f"{self.root}/{SPACE}").parts(2**40)

    def objects(self) -> set[str]:
        """Keys of all finished content."""
        return {each.key for each in self.bucket.list(self.tree_of_keys.objects)}

    def check(self) -> None:
        super().check()
        known = set(map(self._key, self.rows("SELECT inode, mtime_ns FROM catalogue_entry"
                                             " WHERE kind = 1")))  # fmt: skip
        leaving = set(map(self._key, self.rows("SELECT inode, mtime_ns FROM hosting_leaving")))
        coming = {self.tree_of_keys.of_part(str(part)) for (part,) in self.rows(
            "SELECT part FROM hosting_upload")}  # fmt: skip
        there = self.objects()
        assert known <= there, "a file has lost its bytes"
        assert there <= known | leaving | coming, "bytes that nobody knows of"
        assert not known & leaving, "bytes of a file are about to be erased"

    def _key(self, row: tuple[object, ...]) -> str:
        return self.tree_of_keys.object(_Stamp(*map(int, map(str, row))))


class _Stamp:
    def __init__(self, inode: int, mtime_ns: int) -> None:
        self.inode, self.mtime_ns = inode, mtime_ns


def known(world: World, path: str) -> Entry:
    """What the catalogue has of a file."""
    return world.tree()[path]
