"""What only tus refuses."""

from waystation.kernel.errors import WaystationError


class UnsupportedMediaError(WaystationError):
    """The body is of a kind that is not taken here."""

    code = "unsupported-media"
