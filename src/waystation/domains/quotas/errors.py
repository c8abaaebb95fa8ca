"""What quotas refuse."""

from waystation.kernel.errors import WaystationError


class OverQuotaError(WaystationError):
    """Somebody's limit would be passed; nothing was taken."""

    code = "over-quota"
