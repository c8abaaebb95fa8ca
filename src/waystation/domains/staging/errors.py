"""What can go wrong in staging, in our words."""

from waystation.kernel.errors import UnavailableError, WaystationError


class BackendError(WaystationError):
    """The family that a tape back end may raise; nothing else leaves a back end."""

    code = "tape-backend"


class BackendUnavailableError(BackendError, UnavailableError):
    """The tape system does not answer, or says that it cannot now. Try again later."""

    code = "tape-unavailable"
    retryable = True


class BackendRefusedError(BackendError):
    """The tape system answered and will not do this; the same call again will be refused too."""

    code = "tape-refused"


class ConfirmNeededError(WaystationError):
    """A recall larger than the store's limit: the asker must say that it is meant."""

    code = "confirm-needed"
