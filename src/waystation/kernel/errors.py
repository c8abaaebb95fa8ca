"""The one family of errors: a code, facts, and whether trying again can help.

The sentence says what happened, `advice` says what to do next. HTTP status codes are made at the
mouth (`interfaces.api.problems`), exit codes in the clients; neither is known here.
"""

Fact = str | int | float | bool | None | list[str] | dict[str, "Fact"]


class WaystationError(Exception):
    """Anything that we refuse or could not do, in words for the person who asked.

    Attributes:
        code: stable name of the kind of error; documented, part of the API.
        retryable: the same call may succeed later without anybody changing anything.
        advice: what to do next, one sentence; may be empty.
        facts: machine-readable details shown beside the sentence.
    """

    code = "internal"
    retryable = False

    def __init__(self, sentence: str, *, advice: str = "", **facts: Fact) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice
        self.facts = facts


class MalformedError(WaystationError):
    """The input is wrong; nothing was changed."""

    code = "malformed"


class TooLargeError(WaystationError):
    """The input is larger than what is taken in one call; nothing was changed."""

    code = "too-large"


class NotFoundError(WaystationError):
    """No such thing, or none that the caller may see."""

    code = "not-found"


class ForbiddenError(WaystationError):
    """The caller is known and may not do this."""

    code = "forbidden"


class UnauthenticatedError(WaystationError):
    """The caller is not known."""

    code = "unauthenticated"


class ConflictError(WaystationError):
    """The thing is not in a state in which this can be done."""

    code = "conflict"


class LimitReachedError(WaystationError):
    """A limit on what one owner may have under way is reached; later it may go."""

    code = "limit-reached"
    retryable = True


class UnavailableError(WaystationError):
    """Something that we depend on does not answer; later it may."""

    code = "unavailable"
    retryable = True


class TooSlowError(WaystationError):
    """The body came so slowly that it was given up."""

    code = "too-slow"
    retryable = True
