"""What can be wrong with engines and partners."""

from waystation.kernel.errors import UnavailableError, WaystationError


class EngineError(WaystationError):
    """An engine does not do what it was asked."""

    code = "engine"


class EngineUnavailableError(EngineError, UnavailableError):
    """Nothing is known now: ask again with the same key, later."""

    code = "engine-unavailable"


class EngineFullError(EngineError, UnavailableError):
    """It takes no more now, for others' work or our own."""

    code = "engine-full"


class EngineRefusedError(EngineError):
    """It will never do this; nothing was begun."""

    code = "engine-refused"


class PartnerError(WaystationError):
    """A partner does not do what it was asked."""

    code = "partner"


class PartnerUnavailableError(PartnerError, UnavailableError):
    """It does not answer, or says that it cannot now."""

    code = "partner-unavailable"


class PartnerRefusedError(PartnerError):
    """It will not do this, whenever it is asked."""

    code = "partner-refused"
