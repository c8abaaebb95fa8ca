"""The settings of stores: trees of files on disk, in object stores and at other sites."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from waystation.settings.section import Seconds, Section


class S3Bucket(Section):
    """A bucket of an S3-compatible object store."""

    endpoint: str
    """URL of the service: `https://s3.example.org`."""
    bucket: str
    """Name of the bucket, which must be there."""
    key_id: str
    """Access key id."""
    secret: SecretStr | None = None
    """Secret access key; or `secret_file`."""
    secret_file: Path | None = None
    """File whose first line is the secret access key."""
    region: str = "us-east-1"
    """That requests are signed for; many services do not care."""
    path_style: bool = True
    """The bucket is in the path of URLs; false puts it before the host's name."""
    ca_file: Path | None = None
    """PEM file of who signed the service's certificate; None is the system's."""
    part_bytes: Annotated[int, Field(ge=5 * 2**20, le=2**30)] = 8 * 2**20
    """Larger files are sent in parts of so many bytes; an upload has three of them in memory."""
    at_once: Annotated[int, Field(ge=1, le=256)] = 16
    """Parts under way at a time in one process."""
    tries: Annotated[int, Field(ge=1, le=20)] = 5
    """Of one call, when the service is busy or does not answer."""
    timeout_s: Seconds = 60.0
    """Longest silence of the service."""
    allow_http: bool = False
    """Speak plain HTTP to the service; keys and bytes can then be read on the way."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.secret is None) == (self.secret_file is None):
            raise ValueError("give secret or secret_file, one of them")
        if not self.endpoint.startswith(("https://", "http://")):
            raise ValueError("endpoint must begin with https://")
        if self.endpoint.startswith("http://") and not self.allow_http:
            raise ValueError("endpoint must begin with https://, or allow_http be true")
        return self


class Door(Section):
    """A Storage Element of another site: the WebDAV door of XRootD, dCache, EOS, a Waystation."""

    url: str
    """Of the folder that is ours there: `https://se.example.org:1094/waystation`."""
    token_file: Path | None = None
    """File with a bearer token (WLCG JWT) that something else renews; read for every call."""
    certificate: Path | None = None
    """PEM file: an X.509 certificate, or a proxy with its key and chain."""
    key: Path | None = None
    """PEM file of the certificate's key; None is in the same file."""
    ca_file: Path | None = None
    """PEM file of who signed the door's certificate; None is the system's."""
    ca_dir: Path | None = None
    """Directory of authorities by hash, `/etc/grid-security/certificates`."""
    spool: Path | None = None
    """Folder for uploads until they are whole; None is inside `data_dir`. Several machines that
    take uploads share one."""
    checksums: bool = True
    """The door has to tell the adler32 of what it has; false is content with the size."""
    at_once: Annotated[int, Field(ge=1, le=64)] = 8
    """Small files under way at a time."""
    tries: Annotated[int, Field(ge=1, le=20)] = 4
    """Of one call, when the door is busy or does not answer."""
    timeout_s: Seconds = 300.0
    """Longest silence of the door; to tell a checksum it may have to read the file."""
    allow_http: bool = False
    """Speak plain HTTP to the door; tokens and bytes can then be read on the way."""

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if not self.url.startswith(("https://", "http://")):
            raise ValueError("url must begin with https://")
        if self.url.startswith("http://") and not self.allow_http:
            raise ValueError("url must begin with https://, or allow_http be true")
        return self


class Store(Section):
    """A tree of files: on disk, behind a tape system or not, in a bucket or at another site."""

    backend: str = ""
    """Name of a back end below `[backends]`, whose files are staged here; empty is disk only."""
    s3: S3Bucket | None = None
    """A bucket in which the bytes of spaces are, instead of a disk."""
    door: Door | None = None
    """Another site's Storage Element in which they are."""
    root: Path
    """Absolute path; nothing outside it can be named. In a bucket or at a door: a folder there."""
    readers: tuple[str, ...] = ()
    """Groups whose members may use it; `*` is everyone signed in; empty is administrators only."""
    confirm_above_files: Annotated[int, Field(ge=1)] = 50_000
    """Larger requests must say that they are meant."""
    files_per_owner: Annotated[int, Field(ge=0)] = 0
    """Most files one owner may have waiting; 0 is no limit."""
    cache_reserve_bytes: Annotated[int, Field(ge=0)] = 0
    """Recalls wait while the file system of `root` has less free than this plus the list."""
    in_flight_files: Annotated[int, Field(ge=1)] = 200_000
    """Most files at the tape system at a time."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = {"s3": self.s3 is not None, "door": self.door is not None,
                  "backend": bool(self.backend)}  # fmt: skip
        named = [name for name, given in places.items() if given]
        if len(named) > 1:
            raise ValueError(f"files are in one place: give only one of {' and '.join(named)}")
        return self
