"""What hosting refuses."""

from waystation.kernel.errors import WaystationError


class NoParentError(WaystationError):
    """The folder that it should be in is not there."""

    code = "no-parent"


class PreconditionError(WaystationError):
    """It is there, or has changed, and the caller said that it must not be so."""

    code = "precondition"


class DigestMismatchError(WaystationError):
    """The bytes that came are not those that were announced; nothing was stored."""

    code = "digest-mismatch"


class StorageFullError(WaystationError):
    """The disk has no room; nothing was stored."""

    code = "storage-full"
    retryable = True


class BusyError(WaystationError):
    """Another request is writing to this upload."""

    code = "busy"
    retryable = True


class ChunkMismatchError(WaystationError):
    """The bytes of this piece are not those that were announced; the upload is as before."""

    code = "chunk-mismatch"
    retryable = True
