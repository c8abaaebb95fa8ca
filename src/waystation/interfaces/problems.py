"""Errors in HTTP's words: status codes and RFC 9457 problem documents. The one place for both."""

from psycopg import DataError

from waystation.kernel.errors import Fact, MalformedError, WaystationError

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="waystation"'

STATUS = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "held": 403,
    "kept": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "too-slow": 408,
    "conflict": 409,
    "no-parent": 409,
    "confirm-needed": 409,
    "on-tape": 409,
    "precondition": 412,
    "too-large": 413,
    "unsupported-media": 415,
    "digest-mismatch": 422,
    "busy": 423,
    "limit-reached": 429,
    # As tus 1.0 has it.
    "chunk-mismatch": 460,
    "internal": 500,
    "batch": 502,
    "engine": 502,
    "engine-refused": 502,
    "partner": 502,
    "partner-refused": 502,
    "remote": 502,
    "tape-backend": 502,
    "tape-refused": 502,
    "batch-unavailable": 503,
    "engine-full": 503,
    "engine-unavailable": 503,
    "partner-unavailable": 503,
    "source-unavailable": 503,
    "tape-unavailable": 503,
    "unavailable": 503,
    "over-quota": 507,
    "storage-full": 507,
}


def status_of(code: str) -> int:
    """The HTTP status of an error code."""
    return STATUS.get(code, 500)


def unfit(problem: DataError) -> MalformedError:
    """What to say when the database cannot hold a value: a zero byte, a number out of bounds."""
    return MalformedError(
        f"A value in it cannot be taken: {str(problem).splitlines()[0]}.",
        advice="Text has no zero bytes, numbers have at most 18 digits.",
    )


def document(error: WaystationError, *, request_id: str) -> dict[str, Fact]:
    """The problem document of an error."""
    return {
        "type": f"https://waystation.invalid/problems/{error.code}",
        "title": error.sentence,
        "status": status_of(error.code),
        "detail": error.advice,
        "code": error.code,
        "request_id": request_id,
        **error.facts,
    }
