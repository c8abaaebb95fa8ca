"""Callbacks in the words of the old daemons: six members, no more. Pure."""

from datetime import datetime

import msgspec

from waystation.domains.notify.door import Facts, Letter
from waystation.interfaces.dialects.mwa_staging.store import REFUSED
from waystation.interfaces.dialects.mwa_staging.terms import DIALECT, job_of

ENDED = "stage-request.ended"
ALL_READY, SOME_ERRORS, TIMED_OUT = 0, 5, 10
LOOK_UP_FAILED, NO_FILES, NOT_CREATED = 100, 101, 199


class JobResult(msgspec.Struct):
    """What is posted to `notify_url`."""

    job_id: int
    return_code: int
    total_files: int
    ready_files: int
    error_files: int
    comment: str


def letter(topic: str, facts: Facts) -> Letter | None:
    """The callback about a fact; None for what the old daemons did not tell.

    Nothing is told of a job that its client deleted.
    """
    if topic == REFUSED:
        found = msgspec.convert(dict(facts), JobResult)
    elif topic == ENDED:
        ended = _ended(facts)
        if ended is None:
            return None
        found = ended
    else:
        return None
    body = msgspec.json.encode(found).decode()
    return Letter(body=body, subject=f"job {found.job_id}", credential=DIALECT)


def _ended(facts: Facts) -> JobResult | None:
    job_id = job_of(str(facts.get("external_id") or ""))
    if job_id is None or facts["state"] == "cancelled":
        return None
    refused = _number(facts, "refused")
    total, errors = _number(facts, "files") + refused, _number(facts, "failed") + refused
    ready = _number(facts, "online") + _number(facts, "released")
    if facts["state"] == "expired":
        code = TIMED_OUT
        comment = (
            f"Job timed out after {_lifetime_s(facts)} seconds. Out of {total} files in total, "
            f"{ready} staged successfully, and {errors} files had errors"
        )
    elif errors:
        code = SOME_ERRORS
        comment = some_errors(total, ready, errors)
    else:
        code = ALL_READY
        comment = f"All {total} files staged successfully"
    return JobResult(job_id, code, total, ready, errors, comment)


def some_errors(total: int, ready: int, errors: int) -> str:
    """The comment of code 5."""
    return (
        f"Out of {total} files in total, {ready} were staged successfully, "
        f"but {errors} files had errors"
    )


def _number(facts: Facts, name: str) -> int:
    return int(str(facts.get(name) or 0))


def _lifetime_s(facts: Facts) -> int:
    created, expires = (datetime.fromisoformat(str(facts[n])) for n in ("created", "expires"))
    return round((expires - created).total_seconds())
