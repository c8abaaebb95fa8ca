"""What can be wrong with batch systems."""

from waystation.kernel.errors import UnavailableError, WaystationError


class BatchError(WaystationError):
    """A batch system does not do what it was asked."""

    code = "batch"


class SourceUnavailableError(UnavailableError):
    """Whoever gives us jobs does not answer now."""

    code = "source-unavailable"


class BatchUnavailableError(BatchError, UnavailableError):
    """Nothing is known now: ask again, later."""

    code = "batch-unavailable"
