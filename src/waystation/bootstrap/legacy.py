"""Environment files of the daemons that we replace, said in our own settings.

Every name that mwa_staging and ltfsee_globus read is in one of the two tables, so that nothing of
an old `.env` is passed over in silence.
"""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from waystation.kernel.errors import MalformedError

Value = str | float | list[str]
_MWA, _SCOUT, _EE = "dialects.mwa_staging", "backends.scout", "backends.ee"
_LEVELS = {"CRITICAL": "ERROR", "WARN": "WARNING"}


@dataclass(frozen=True, slots=True)
class To:
    """A setting that an old name becomes."""

    section: str
    key: str
    convert: Callable[[str], Value] = str


def _seconds(text: str) -> float:
    return float(text)


def _days(text: str) -> float:
    return int(float(text))


def _origin(url: str) -> list[str]:
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"]


def _items(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _level(text: str) -> str:
    return _LEVELS.get(text.upper(), text.upper())


BECOMES: Mapping[str, To] = {
    "SCOUT_STAGE_URL": To(_SCOUT, "urls", _origin),
    "SCOUT_API_USER": To(_SCOUT, "account"),
    "SCOUT_API_PASSWORD": To(_SCOUT, "password"),
    "KAFKA_SERVER": To(f"{_SCOUT}.kafka", "servers", _items),
    "KAFKA_TOPIC": To(f"{_SCOUT}.kafka", "topic"),
    "KAFKA_USER": To(f"{_SCOUT}.kafka", "user"),
    "KAFKA_PASSWORD": To(f"{_SCOUT}.kafka", "password"),
    "RESULT_USERNAME": To("notify.credentials.mwa_staging", "name"),
    "RESULT_PASSWORD": To("notify.credentials.mwa_staging", "password"),
    "JOB_EXPIRY_TIME": To(_MWA, "job_lifetime_s", _seconds),
    "REPORT_EXPIREDAYS": To(_MWA, "report_days", _days),
    "DATA_FILES_URL": To(_MWA, "data_files_url"),
    "FILE_RESTAGE_INTERVAL": To("planner", "restage_s", _seconds),
    "AUTH_KEY": To("dialects.ltfsee_globus", "shared_key"),
    "LTFSEE_LIB": To(_EE, "libraries", _items),
    "LOGLEVEL": To("log", "level", _level),
    "KEYFILE": To("web", "tls_key"),
    "CERTFILE": To("web", "tls_certificate"),
}

NOT_NEEDED: Mapping[str, str] = {
    "SCOUT_LOGIN_URL": "the login is found from the URL of the node",
    "SCOUT_QUERY_URL": "found from the URL of the node",
    "SCOUT_CANCEL_URL": "found from the URL of the node",
    "SCOUT_CACHESTATE_URL": "found from the URL of the node; see backends.NAME.fscache",
    "DBUSER": "the old database is only read once: waystation import mwa-staging DSN",
    "DBPASSWORD": "see DBUSER",
    "DBHOST": "see DBUSER",
    "DBNAME": "see DBUSER",
    "STAGING_LOGDIR": "logs go to standard error; reports of failed jobs are kept in the database",
    "CACHE_DEFAULT_TIMEOUT": "nothing that can be stale is cached; see filestatus_fresh_s",
    "FLASK_DEBUG": "there is no such mode",
    "BIND": "set web.host and web.port",
}

# What has no old name and must be there beside what has.
_BESIDE: Mapping[str, tuple[str, ...]] = {
    _MWA: (
        'listen = "127.0.0.1:8000"',
        'networks = ["127.0.0.0/8"]  # who may call: there is no password on this wire',
        'account = "mwa"  # waystation user add mwa',
        'store = "mwa"',
    ),
    _SCOUT: ('kind = "scoutam"',),
    _EE: ('kind = "spectrum_archive"',),
    "notify.credentials.mwa_staging": ("hosts = []  # who gets this password; also notify.hosts",),
    "dialects.ltfsee_globus": (
        "enabled = true",
        'account = "globus"  # waystation user add globus',
    ),
}


def as_toml(text: str) -> str:
    """An old environment file as ours; what is left to decide, and what fell away, in comments.

    Args:
        text: lines of `NAME=value`, with or without `export`, quotes and comments.

    Raises:
        MalformedError: a line is none of that, or a value does not fit its setting.
    """
    found = dict(_assignments(text))
    sections: dict[str, list[str]] = {}
    for name, value in found.items():
        at = BECOMES.get(name)
        if at is None:
            continue
        try:
            converted = at.convert(value)
        except ValueError as problem:
            raise MalformedError(f"{name}={value!r} is not what it should be.") from problem
        lines = sections.setdefault(at.section, list(_BESIDE.get(at.section, ())))
        lines.append(f"{at.key} = {json.dumps(converted, ensure_ascii=False)}")
    if any(section.startswith(("backends.scout", "notify.cred")) for section in sections):
        sections.setdefault(_MWA, list(_BESIDE[_MWA]))
    known = [f"# {n}: {NOT_NEEDED[n]}" for n in found if n in NOT_NEEDED]
    strange = [f"# {n}: not known" for n in found if n not in {*BECOMES, *NOT_NEEDED}]
    blocks = ["\n".join([f"[{name}]", *lines]) for name, lines in sorted(sections.items())]
    if _MWA in sections:
        backend = "scout" if _SCOUT in sections else "NAME"
        lines = [f'backend = "{backend}"', 'root = "/mnt/scoutfs"  # where names begin']
        blocks.append("\n".join(["[stores.mwa]", *lines]))
    return "\n\n".join([*blocks, "\n".join([*known, *strange])]).strip() + "\n"


def _assignments(text: str) -> Iterable[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as problem:
            raise MalformedError(f"Line {number} cannot be read: {problem}.") from problem
        for word in words[1:] if words[:1] == ["export"] else words:
            name, equals, value = word.partition("=")
            if not equals or not name.isidentifier():
                raise MalformedError(f"Line {number} is no NAME=value: {line!r}.")
            yield name, value
