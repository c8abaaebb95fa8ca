"""Every storage keeps the promises of `domains/hosting/ports.py`."""

import itertools

import pytest
from xrdhttp.testing import DirectoryStore, StorageServer

from waystation.backends.storage.door.config import DoorConfig
from waystation.backends.storage.door.door import Door
from waystation.backends.storage.door.storage import DoorStorage
from waystation.backends.storage.nearline.storage import NearlineStorage
from waystation.backends.storage.posix.storage import PosixStorage
from waystation.backends.storage.s3.storage import S3Storage
from waystation.domains.staging.entities import FileReport, Residency
from waystation.kernel.locks import Locks
from waystation_testing.storage import StorageContract

_numbers = itertools.count()


class Disk:
    """An ordinary folder."""

    def __init__(self, root):
        self.root = str(root)

    def storage(self):
        return PosixStorage(self.root)


class Nearline(Disk):
    """A folder of which a tape system takes care, which has not taken anything yet."""

    def storage(self):
        return NearlineStorage(self.root, self._locate)

    def _locate(self, paths):
        return [FileReport(path=path, residency=Residency.ONLINE) for path in paths]


class Cloud:
    """A folder in a bucket of a real object store; each instance has its own connections."""

    def __init__(self, cloud, dsn):
        self.bucket, self.folder, self.dsn = cloud.bucket(), cloud.folder(), dsn
        self.locks = []

    def storage(self):
        self.locks.append(Locks(self.dsn))
        return S3Storage(self.bucket, self.folder, self.locks[-1])

    def close(self):
        for each in self.locks:
            each.close()
        self.bucket.threads.shutdown()


class TestPosix(StorageContract):
    @pytest.fixture
    def world(self, tmp_path):
        return Disk(tmp_path)


class TestNearline(StorageContract):
    @pytest.fixture
    def world(self, tmp_path):
        return Nearline(tmp_path)


class TestS3(StorageContract):
    @pytest.fixture
    def world(self, cloud, postgres):
        made = Cloud(cloud, postgres)
        yield made
        made.close()


class Elsewhere:
    """A folder of a Storage Element that others wrote (xrdhttp, PyPI), on its wire."""

    def __init__(self, root, style):
        (root / "se").mkdir()
        self.spool = root / "spool"
        self.server = StorageServer(DirectoryStore(root / "se"), style=style)
        self.server.tokens = {"let-us-in"}
        self.token = root / "token"
        self.token.write_text("let-us-in\n")

    def storage(self):
        config = DoorConfig(
            "elsewhere", f"{self.server.base}/ours", self.spool, token_file=self.token
        )
        return DoorStorage(Door(config), "/tests/space")


class TestDoor(StorageContract):
    @pytest.fixture(params=["xrdcl", "davix"])
    def world(self, request, tmp_path):
        made = Elsewhere(tmp_path, request.param)
        with made.server:
            yield made
