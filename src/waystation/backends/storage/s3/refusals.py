"""What an object store's errors mean to us."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from waystation.domains.hosting.errors import StorageFullError
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

_MISSING = {"NoSuchKey", "NoSuchUpload", "404", "NotFound", "PreconditionFailed", "412"}
_STRANGERS = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "401",
    "403",
}
_FULL = {"QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull", "EntityTooLarge", "507"}


class WrongBytesError(UnavailableError):
    """The store has other bytes than those that were sent."""


class GoneError(FileNotFoundError):
    """There is no such object, or no such upload."""


@contextmanager
def in_our_words(name: str) -> Iterator[None]:
    """Raise ours for what the store, or the way there, answers.

    Raises:
        GoneError: no such object or upload.
        StorageFullError: the store takes no more.
        UnavailableError: all else; the log says more than the caller may know.
    """
    try:
        yield
    except ClientError as problem:
        raise _refusal(name, problem) from problem
    except BotoCoreError as problem:
        log.warning("object store %s: %s", name, problem)
        raise UnavailableError(
            f"The object store {name!r} does not answer.", advice="Try again in a moment."
        ) from problem


def _refusal(name: str, problem: ClientError) -> Exception:
    error = problem.response.get("Error", {})
    code, words = str(error.get("Code", "")), str(error.get("Message", ""))
    if code in _MISSING:
        return GoneError(words or code)
    log.warning("object store %s: %s: %s", name, problem.operation_name, problem)
    if code in _FULL:
        return StorageFullError(
            f"The object store {name!r} has no room.",
            advice="Tell the operators; try again later.",
        )
    if code == "BadDigest":
        return WrongBytesError(f"The object store {name!r} received other bytes than were sent.")
    if code == "NoSuchBucket":
        return UnavailableError(f"The bucket of {name!r} is not there.", advice=_DOCTOR)
    if code in _STRANGERS:
        return UnavailableError(f"The object store {name!r} refuses our key.", advice=_DOCTOR)
    return UnavailableError(
        f"The object store {name!r} answered {code or 'an error'}.",
        advice="Try again in a moment.",
    )


_DOCTOR = "Tell the operators: `waystation doctor` says more."
