"""How the dialect behaves here: what its section of the settings says, and the words it keeps."""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network

DIALECT = "mwa_staging"
_LABEL = re.compile(r"MWA job (-?\d+)(?:, .*)?")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an installation decided.

    Attributes:
        networks: callers are answered from these only; the wire knows no credential.
        account: service account whose rights count and who owns the requests.
        store: where its files are.
        prefix: directory below the store's root that names are relative to; empty is the root.
        lifetime: a job that is not complete after this ends with code 10.
        hold: how long files stay on disk after they came.
        fresh: an answer of /filestatus is at most this old.
        report: how long failed jobs are listed (the newest hundred always are).
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    account: str
    store: str
    prefix: str
    lifetime: timedelta
    hold: timedelta
    fresh: timedelta
    report: timedelta


def external_id(job_id: int) -> str:
    """What a job's stage request is called while the client may ask for it."""
    return f"{PREFIX}{job_id}"


def job_of(name: str) -> int | None:
    """The job that a request's external id means; None when it is none of ours."""
    rest = name.removeprefix(PREFIX)
    return int(rest) if rest != name and re.fullmatch(r"-?\d+", rest) else None


def label(job_id: int, obs_id: int | None = None) -> str:
    """What a job's request is called for people, for ever: the external id is given back."""
    return f"MWA job {job_id}" + ("" if obs_id is None else f", observation {obs_id}")


def labelled(text: str) -> int | None:
    """The job that a label is of; None when it is none."""
    found = _LABEL.fullmatch(text)
    return int(found[1]) if found else None


PREFIX = "mwa:"
