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


class RemoteError(WaystationError):
    """Another server did not give or take a file; nothing was stored here."""

    code = "remote"
    retryable = True


class RemoteRefusedError(RemoteError):
    """Another server will not give or take a file, however often it is asked."""

    retryable = False


class OnTapeError(WaystationError):
    """The file is on tape only; it can be brought to disk."""

    code = "on-tape"


class HeldError(WaystationError):
    """There is a legal hold on it; nothing was changed."""

    code = "held"


class KeptError(WaystationError):
    """Its space keeps files for so many days; nothing was changed."""

    code = "kept"


class ChunkMismatchError(WaystationError):
    """The bytes of this piece are not those that were announced; the upload is as before."""

    code = "chunk-mismatch"
    retryable = True
