"""The questions of `waystation doctor`: each a finding in words with its mend."""

import os
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg

from waystation.backends.postgres.supervisor import Layout
from waystation.bootstrap import checks_jobs, checks_ports, checks_sites
from waystation.bootstrap.engines import engines
from waystation.bootstrap.storages import door_config, s3_config
from waystation.bootstrap.tapes import tape_backends
from waystation.domains.staging.entities import Finding
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import UnavailableError, WaystationError
from waystation.settings import Settings
from waystation.settings.stores import Door as DoorSettings
from waystation.settings.stores import S3Bucket
from waystation.settings.tapes import OtherSite

_OLDEST_POSTGRES = 150_000
_LEAST_FREE = 2 * 2**30


def findings(settings: Settings) -> Iterator[Finding]:
    """All of them; nothing is changed anywhere."""
    yield _data_dir(settings.data_dir)
    yield from _keys(settings.data_dir)
    yield _database(settings)
    yield from _tls(settings)
    yield from _mover(settings)
    yield from checks_ports.findings(settings)
    yield from _stores(settings)
    yield from _tapes(settings)
    yield from _engines(settings)
    for subject, wrong in checks_jobs.jobs(settings):
        mend = "See docs/how-to/connect-a-cluster.md and docs/how-to/move-from-act.md."
        yield _finding(ok=not wrong, subject=subject, words=wrong or "is ready.", mend=mend)
    yield from checks_sites.findings(settings)


def _finding(*, ok: bool, subject: str, words: str, mend: str) -> Finding:
    return Finding(ok, subject, words, "" if ok else mend)


def _data_dir(path: Path) -> Finding:
    place = next(p for p in (path, *path.parents) if p.exists())
    if not os.access(place, os.W_OK):
        mend = f"Make it and give it to the service's user: install -d -o USER {path}"
        return Finding(ok=False, subject="data_dir", words=f"{path} is not writable.", mend=mend)
    free = shutil.disk_usage(place).free
    return _finding(
        ok=free >= _LEAST_FREE,
        subject="data_dir",
        words=f"{path} has {free / 2**30:,.0f} GiB free.",
        mend="Keep at least 2 GiB free, or set data_dir to another disk.",
    )


def _keys(data_dir: Path) -> Iterator[Finding]:
    for key in sorted((data_dir / "keys").glob("*")):
        loose = key.stat().st_mode & 0o077
        if loose:
            words = f"{key} can be read by others."
            yield Finding(ok=False, subject="keys", words=words, mend=f"chmod 600 {key}")


def _database(settings: Settings) -> Finding:
    subject = "database"
    if settings.postgres.dsn is None:
        layout = Layout(settings.data_dir / "postgres")
        made = (layout.data / "PG_VERSION").exists()
        words = f"our own, in {layout.data}" if made else "our own, made at the first `up`"
        return Finding(ok=True, subject=subject, words=words)
    try:
        with psycopg.connect(settings.postgres.dsn.get_secret_value(), connect_timeout=5) as conn:
            version = conn.info.server_version
    except psycopg.OperationalError as problem:
        last = str(problem).strip().splitlines()[-1]
        mend = "Look at postgres.dsn, the server, and its pg_hba.conf."
        return Finding(ok=False, subject=subject, words=f"does not answer: {last}", mend=mend)
    return _finding(
        ok=version >= _OLDEST_POSTGRES,
        subject=subject,
        words=f"PostgreSQL {version // 10_000} answers.",
        mend="Use PostgreSQL 15 or later.",
    )


def _tls(settings: Settings) -> Iterator[Finding]:
    web = settings.web
    if web.tls_certificate is None:
        local = web.host in {"127.0.0.1", "::1", "localhost"} or bool(web.url)
        yield _finding(
            ok=local,
            subject="web",
            words=f"listens on {web.host}:{web.port} without TLS.",
            mend="Passwords would cross the network in the clear: see `waystation tls`.",
        )
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(web.tls_certificate, web.tls_key)
        yield Finding(ok=True, subject="web", words="certificate and key belong together.")
    except (OSError, ssl.SSLError) as problem:
        words = f"certificate and key cannot be used: {problem}"
        yield Finding(ok=False, subject="web", words=words, mend="See `waystation tls --help`.")


def _mover(settings: Settings) -> Iterator[Finding]:
    if not settings.mover.port:
        return
    plain = (settings.mover.certificate or settings.web.tls_certificate) is None
    asked_plain = not (settings.web.url or "").startswith("https:")
    yield _finding(
        ok=plain == asked_plain or bool(settings.grid.port),
        subject="mover",
        words=f"listens on {settings.mover.host}:{settings.mover.port}"
        f" {'without' if plain else 'with'} TLS.",
        mend="It is never used: the web port is asked the other way. Set mover.certificate"
        " and mover.key, or unset them.",
    )


def _stores(settings: Settings) -> Iterator[Finding]:
    if not settings.stores:
        mend = "Add [stores.NAME] to the settings, see docs/how-to/spectrum-archive.md."
        yield Finding(ok=False, subject="stores", words="there is none.", mend=mend)
    for name, store in settings.stores.items():
        if store.s3 is not None:
            yield from _bucket(name, store.s3, str(store.root))
            yield from _readers(name, store.readers)
            continue
        if store.door is not None:
            yield from _door(name, store.door, str(store.root), settings.data_dir)
            yield from _readers(name, store.readers)
            continue
        elsewhere = isinstance(settings.backends.get(store.backend), OtherSite)
        yield _finding(
            ok=store.root.is_absolute() and (elsewhere or store.root.is_dir()),
            subject=f"stores.{name}",
            words=f"root {store.root}",
            mend="It must be an absolute path of a directory that is mounted here.",
        )
        yield _finding(
            ok=not store.backend or store.backend in settings.backends,
            subject=f"stores.{name}",
            words=f"is on back end {store.backend}" if store.backend else "is on disk only",
            mend=f"There is no [backends.{store.backend}].",
        )
        yield from _readers(name, store.readers)


def _readers(name: str, readers: tuple[str, ...]) -> Iterator[Finding]:
    if not readers:
        yield Finding(
            ok=False,
            subject=f"stores.{name}",
            words="nobody but administrators may use it.",
            mend='Name groups in readers, or "*" for everyone signed in.',
        )


def _door(name: str, said: DoorSettings, root: str, data_dir: Path) -> Iterator[Finding]:
    from waystation.backends.storage.door.checks import checks
    from waystation.backends.storage.door.door import Door

    config = door_config(name, said, data_dir)
    patient = replace(config, tries=2, timeout_s=min(config.timeout_s, 30.0))
    for ok, words, mend in checks(Door(patient), root):
        yield Finding(ok=ok, subject=f"stores.{name}", words=words, mend=mend)


def _bucket(name: str, said: S3Bucket, root: str) -> Iterator[Finding]:
    from waystation.backends.storage.s3.bucket import Bucket
    from waystation.backends.storage.s3.checks import checks

    subject = f"stores.{name}"
    try:
        config = s3_config(name, said)
    except UnavailableError as problem:
        yield Finding(ok=False, subject=subject, words=problem.sentence, mend=problem.advice)
        return
    # Whoever asks wants to know soon.
    patient = replace(config, tries=2, timeout_s=min(config.timeout_s, 10.0))
    for ok, words, mend in checks(Bucket(patient), root):
        yield Finding(ok=ok, subject=subject, words=words, mend=mend)


def _tapes(settings: Settings) -> Iterator[Finding]:
    for name, backend in tape_backends(settings).items():
        try:
            for found in backend.check_config():
                subject = f"backends.{name} {found.subject}"
                yield Finding(found.ok, subject, found.words, found.mend)
        except WaystationError as problem:
            yield Finding(
                ok=False,
                subject=f"backends.{name}",
                words=problem.sentence,
                mend=problem.advice or "Look at the tape system.",
            )


def _engines(settings: Settings) -> Iterator[Finding]:
    """Those that an operator has named; the usual ones are for whoever has partners."""
    if not settings.transfers.engines:
        return
    try:
        made = engines(settings, SystemClock())
    except WaystationError as problem:
        subject = "transfers.engines"
        yield Finding(ok=False, subject=subject, words=problem.sentence, mend=problem.advice)
        return
    for name, engine in made.items():
        wrong = engine.check_config()
        engine.close()
        yield _finding(
            ok=not wrong,
            subject=f"transfers.engines.{name}",
            words=" ".join(wrong) or "is ready.",
            mend="See docs/reference/endpoints.md.",
        )
