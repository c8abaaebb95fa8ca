"""What `waystation doctor` asks of the ports beside the first, and of what stands behind pages."""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from waystation.domains.staging.entities import Finding
from waystation.interfaces import caches
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import MalformedError
from waystation.settings import Settings
from waystation.settings.node import Grid

_SOON = timedelta(days=14)


def findings(settings: Settings) -> Iterator[Finding]:
    """Of the origin for pictures, the cache, the grid port and the broker for news."""
    yield from _content(settings)
    yield from _cache(settings.web.cache)
    yield from _grid(settings.grid)
    yield from _kafka(settings)


def _finding(ok: bool, subject: str, words: str, mend: str) -> Finding:  # noqa: FBT001 - as Finding
    return Finding(ok, subject, words, "" if ok else mend)


def _content(settings: Settings) -> Iterator[Finding]:
    """Browsers load pictures of an https page by https only, from a name that they find."""
    said = settings.web.content_url
    if said is None:
        return
    there, subject = urlsplit(said), "web.content_url"
    secure = (settings.web.url or "").startswith("https:") or settings.web.tls_certificate
    if secure and there.scheme != "https":
        words = f"{said} is http, and the pages are https."
        yield _finding(False, subject, words, "Browsers show no such pictures: make it https.")
    host = there.hostname or ""
    try:
        socket.getaddrinfo(host, there.port or there.scheme)
    except OSError as problem:
        mend = "Give the name the address of the proxy in front, or of this machine."
        yield _finding(False, subject, f"{host} is not found: {problem}", mend)
        return
    yield _finding(True, subject, f"{said} is where pictures that people stored come from.", "")


def _cache(said: str) -> Iterator[Finding]:
    where = said.rpartition("@")[2]  # never with a password
    try:
        well = caches.answers(said)
    except MalformedError as problem:
        yield Finding(ok=False, subject="web.cache", words=problem.sentence, mend=problem.advice)
        return
    words = f"{where} keeps what it is given." if well else f"{where} does not answer."
    mend = "Pages go on without it, slower. Look at web.cache and at the server."
    yield _finding(well, "web.cache", words, mend)


def _grid(said: Grid) -> Iterator[Finding]:
    from waystation.interfaces.grid.tls import GridTls, context

    if not said.port:
        return
    if said.certificate is None or said.key is None:
        words = "listens without a certificate: it does not start."
        yield _finding(False, "grid", words, "Set grid.certificate and grid.key.")
        return
    try:
        context(GridTls(said.certificate, said.key, said.ca_dir, said.require_crls))
    except (OSError, ssl.SSLError) as problem:
        mend = "Look at grid.certificate, grid.key and grid.ca_dir."
        yield _finding(False, "grid", f"its files cannot be used: {problem}", mend)
        return
    now = SystemClock().now()
    yield _host_certificate(said.certificate, now)
    yield from _authorities(said, now)


def _host_certificate(path: Path, now: datetime) -> Finding:
    ends = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
    words = f"certificate and key belong together; good until {ends:%Y-%m-%d}."
    return _finding(ends > now + _SOON, "grid", words, "Renew the host's certificate.")


def _authorities(said: Grid, now: datetime) -> Iterator[Finding]:
    """An authority by its hash, and its revocation list beside it."""
    known = sorted(said.ca_dir.glob("*.[0-9]"))
    mend = "Install the authorities (igtf, or copy them as <hash>.0) and run `openssl rehash`."
    yield _finding(bool(known), "grid", f"{len(known)} authorities in {said.ca_dir}.", mend)
    if not said.require_crls:
        return
    late = [each.name for each in known if not _current(each, now)]
    words = f"{len(known) - len(late)} of them have a revocation list that is good now."
    names = ", ".join(late[:5])
    yield _finding(not late, "grid", words, f"Run fetch-crl: nobody of {names} is let in.")


def _current(authority: Path, now: datetime) -> bool:
    beside = authority.with_name(authority.name.replace(".", ".r"))
    try:
        found = x509.load_pem_x509_crl(beside.read_bytes())
    except (OSError, ValueError):
        return False
    return found.next_update_utc is None or found.next_update_utc > now


def _kafka(settings: Settings) -> Iterator[Finding]:
    said = settings.notify.kafka
    if not said.client:
        return
    # Half a second to import, and few sites have a broker.
    from waystation.backends.courier.kafka import KafkaConfig, missing
    from waystation.domains.notify.errors import DeliveryError

    subject = "notify.kafka"
    try:
        lacking = missing(KafkaConfig(dict(said.client), said.topics, timeout_s=10.0))
    except DeliveryError as problem:
        mend = "Look at notify.kafka.client, the broker, and its certificates."
        yield _finding(False, subject, str(problem), mend)
        return
    words = f"the broker answers; it has {len(said.topics) - len(lacking)} of the topics."
    yield _finding(not lacking, subject, words, f"Make the topic {', '.join(lacking)} there.")
