"""Where the bytes of spaces are: builds the storage of each folder of each store."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from waystation.backends.storage.nearline.storage import NearlineStorage
from waystation.backends.storage.posix.storage import PosixStorage
from waystation.domains.catalogue.door import Catalogue
from waystation.domains.hosting.door import Storage
from waystation.domains.staging.door import TapeBackend
from waystation.kernel.errors import UnavailableError
from waystation.kernel.locks import Locks
from waystation.settings import Settings
from waystation.settings.stores import Door as DoorSettings
from waystation.settings.stores import S3Bucket

if TYPE_CHECKING:
    from waystation.backends.storage.door.config import DoorConfig
    from waystation.backends.storage.door.door import Door
    from waystation.backends.storage.s3.bucket import Bucket
    from waystation.backends.storage.s3.config import S3Config


def storages(
    settings: Settings, catalogue: Catalogue, backends: Mapping[str, TapeBackend], locks: Locks
) -> Callable[[int, str], Storage]:
    """Gives the bytes of a folder on a store: on disk, gone to tape, in a bucket, elsewhere."""
    buckets = cache(lambda name: _bucket(settings, name))
    doors = cache(lambda name: _door(settings, name))

    def of(store_id: int, folder: str) -> Storage:
        store = catalogue.by_id(store_id)
        said = settings.stores.get(store.name)
        if said is not None and said.s3 is not None:
            from waystation.backends.storage.s3.storage import S3Storage

            return S3Storage(buckets(store.name), folder, locks)
        if said is not None and said.door is not None:
            from waystation.backends.storage.door.storage import DoorStorage

            return DoorStorage(doors(store.name), folder)
        backend = backends.get(store.backend)
        return NearlineStorage(folder, backend.locate) if backend else PosixStorage(folder)

    return of


def s3_config(name: str, said: S3Bucket) -> "S3Config":
    """How the bucket of a store is reached.

    Raises:
        UnavailableError: the file with its secret cannot be read.
    """
    from waystation.backends.storage.s3.config import S3Config

    return S3Config(
        name=name,
        endpoint=said.endpoint,
        region=said.region,
        bucket=said.bucket,
        key_id=said.key_id,
        secret=_secret(name, said),
        path_style=said.path_style,
        ca_file=str(said.ca_file) if said.ca_file is not None else None,
        part_bytes=said.part_bytes,
        at_once=said.at_once,
        tries=said.tries,
        timeout_s=said.timeout_s,
    )


def door_config(name: str, said: DoorSettings, data_dir: Path) -> "DoorConfig":
    """How the Storage Element of a store is reached."""
    from waystation.backends.storage.door.config import DoorConfig

    return DoorConfig(
        name=name,
        url=said.url,
        spool=said.spool or data_dir / "spool" / name,
        token_file=said.token_file,
        certificate=said.certificate,
        key=said.key,
        ca_file=said.ca_file,
        ca_dir=said.ca_dir,
        checksums=said.checksums,
        at_once=said.at_once,
        tries=said.tries,
        timeout_s=said.timeout_s,
    )


def _door(settings: Settings, name: str) -> "Door":
    from waystation.backends.storage.door.door import Door

    said = settings.stores[name].door
    assert said is not None
    return Door(door_config(name, said, settings.data_dir))


def _bucket(settings: Settings, name: str) -> "Bucket":
    from waystation.backends.storage.s3.bucket import Bucket

    said = settings.stores[name].s3
    assert said is not None
    return Bucket(s3_config(name, said))


def _secret(name: str, said: S3Bucket) -> str:
    if said.secret is not None:
        return said.secret.get_secret_value()
    assert said.secret_file is not None, "the settings have one of them"
    try:
        first, *_ = said.secret_file.read_text().splitlines() or [""]
    except OSError as problem:
        raise UnavailableError(
            f"The secret of the store {name!r} cannot be read: {problem.strerror}.",
            advice=f"Look at stores.{name}.s3.secret_file.",
        ) from problem
    return first.strip()
