"""The calls of S3 that we make, of one bucket; every byte is compared on its way."""

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import Session

from waystation.backends.storage.ranged import Body
from waystation.backends.storage.s3.config import S3Config
from waystation.backends.storage.s3.refusals import GoneError, WrongBytesError, in_our_words

CONNECT_S = 10.0
AT_A_TIME = 1_000
"""Keys in one deletion, as S3 has it."""

_MD5 = re.compile(r'"?([0-9a-f]{32})(-\d+)?"?')
_SYSTEM_CA = Path("/etc/ssl/certs/ca-certificates.crt")
# Nothing of the environment or of a home directory speaks for us.
_OURSELVES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}


@dataclass(frozen=True, slots=True)
class Object:
    """Something in the bucket.

    Attributes:
        key: of it.
        bytes: of it.
        etag: another one for other content.
        modified: when it was written.
    """

    key: str
    bytes: int
    etag: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """A multipart upload that is not finished."""

    key: str
    id: str
    began: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one, that came."""

    number: int
    bytes: int
    etag: str


class Bucket:
    """One bucket; of any thread.

    Every method raises what `refusals.in_our_words` does.
    """

    def __init__(self, config: S3Config) -> None:
        self.config = config
        self._name = config.bucket
        self.threads = ThreadPoolExecutor(config.at_once, f"s3-{config.name}")
        self._client: Any = Session(session_vars=_OURSELVES).create_client(
            "s3",
            endpoint_url=config.endpoint,
            region_name=config.region,
            aws_access_key_id=config.key_id,
            aws_secret_access_key=config.secret,
            verify=config.ca_file or (str(_SYSTEM_CA) if _SYSTEM_CA.exists() else True),
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if config.path_style else "virtual"},
                retries={"mode": "standard", "total_max_attempts": config.tries},
                connect_timeout=CONNECT_S,
                read_timeout=config.timeout_s,
                max_pool_connections=2 * config.at_once,
                # What is not in the S3 of 2006 is not known everywhere; Content-MD5 is.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                ignore_configured_endpoint_urls=True,
                proxies={},
            ),
        )

    def check(self) -> None:
        """Whether the bucket is there, and ours to use."""
        with in_our_words(self.config.name):
            try:
                self._client.head_bucket(Bucket=self._name)
            except self._client.exceptions.ClientError as problem:
                # A HEAD has no body to say what is missing.
                error = problem.response.setdefault("Error", {})
                if error.get("Code") in {"404", "NotFound"}:
                    error["Code"] = "NoSuchBucket"
                raise

    def put(self, key: str, data: bytes) -> None:
        """Store an object whole."""
        digest = _md5(data)
        with in_our_words(self.config.name):
            told = self._client.put_object(
                Bucket=self._name, Key=key, Body=data, ContentMD5=_base64(digest)
            )
        self._compare(told, digest.hex())

    def begin(self, key: str) -> str:
        """Begin a multipart upload; its id."""
        with in_our_words(self.config.name):
            told = self._client.create_multipart_upload(Bucket=self._name, Key=key)
        return str(told["UploadId"])

    def send(self, key: str, upload: str, number: int, data: bytes) -> Part:
        """Send a part, which takes the place of an earlier one of that number."""
        digest = _md5(data)
        with in_our_words(self.config.name):
            told = self._client.upload_part(
                Bucket=self._name,
                Key=key,
                UploadId=upload,
                PartNumber=number,
                Body=data,
                ContentMD5=_base64(digest),
            )
        self._compare(told, digest.hex())
        return Part(number, len(data), str(told["ETag"]))

    def complete(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Make the object of these parts; also when an answer was lost and this is the second."""
        given = [{"PartNumber": each.number, "ETag": each.etag} for each in parts]
        try:
            with in_our_words(self.config.name):
                self._client.complete_multipart_upload(
                    Bucket=self._name,
                    Key=key,
                    UploadId=upload,
                    MultipartUpload={"Parts": given},
                )
        except GoneError:
            if self.head(key) is None:
                raise
        found, wanted = self.head(key), sum(each.bytes for each in parts)
        if found is None or found.bytes != wanted:
            raise WrongBytesError(
                f"The object store {self.config.name!r} does not have the file whole.",
                advice="Send it again.",
            )

    def abort(self, key: str, upload: str) -> bool:
        """Give a multipart upload up; False when there is none."""
        try:
            with in_our_words(self.config.name):
                self._client.abort_multipart_upload(Bucket=self._name, Key=key, UploadId=upload)
        except GoneError:
            return False
        return True

    def begun(self, prefix: str) -> Iterator[Begun]:
        """Multipart uploads whose keys begin so."""
        for each in self._pages("list_multipart_uploads", "Uploads", Prefix=prefix):
            yield Begun(each["Key"], each["UploadId"], each["Initiated"])

    def head(self, key: str) -> Object | None:
        """What is at a key."""
        try:
            with in_our_words(self.config.name):
                told = self._client.head_object(Bucket=self._name, Key=key)
        except GoneError:
            self.check()  # without its bucket nothing can be said of an object
            return None
        return Object(key, told["ContentLength"], told["ETag"], told["LastModified"])

    def get(self, key: str, start: int, end: int, etag: str = "") -> Body:
        """Bytes of an object from one offset to before another, which are some.

        Raises:
            GoneError: it is not there, or has other content by now.
        """
        wanted = {"IfMatch": etag} if etag else {}
        try:
            with in_our_words(self.config.name):
                told = self._client.get_object(
                    Bucket=self._name, Key=key, Range=f"bytes={start}-{end - 1}", **wanted
                )
        except GoneError:
            self.check()
            raise
        body: Body = told["Body"]
        return body

    def list(self, prefix: str) -> Iterator[Object]:
        """Objects whose keys begin so, by key."""
        for each in self._pages("list_objects_v2", "Contents", Prefix=prefix):
            yield Object(each["Key"], each["Size"], each["ETag"], each["LastModified"])

    def delete(self, keys: Sequence[str]) -> None:
        """These are gone for good; those that are not there are good."""
        for n in range(0, len(keys), AT_A_TIME):
            some = [{"Key": key} for key in keys[n : n + AT_A_TIME]]
            with in_our_words(self.config.name):
                told = self._client.delete_objects(
                    Bucket=self._name, Delete={"Objects": some, "Quiet": True}
                )
                for refused in told.get("Errors", []):
                    if refused.get("Code") != "NoSuchKey":
                        raise self._client.exceptions.ClientError(
                            {"Error": refused}, "DeleteObjects"
                        )

    def _pages(self, call: str, what: str, **more: str) -> Iterator[Mapping[str, Any]]:
        with in_our_words(self.config.name):
            for page in self._client.get_paginator(call).paginate(Bucket=self._name, **more):
                yield from page.get(what, [])

    def _compare(self, told: Mapping[str, Any], md5: str) -> None:
        """Of what is not encrypted by the store, its tag is the bytes' md5."""
        tag = _MD5.fullmatch(str(told.get("ETag", "")))
        plain = tag is not None and not tag[2] and "ServerSideEncryption" not in told
        if plain and tag is not None and tag[1] != md5:
            raise WrongBytesError(
                f"The object store {self.config.name!r} has other bytes than were sent.",
                advice="Send the file again.",
            )


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
