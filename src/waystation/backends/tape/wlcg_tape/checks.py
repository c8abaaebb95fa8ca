"""Everything a person can get wrong in this back end's settings, in plain words."""

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from waystation.backends.tape.wlcg_tape import credentials
from waystation.backends.tape.wlcg_tape.client import SiteClient
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.backends.tape.wlcg_tape.locating import Locator
from waystation.backends.tape.wlcg_tape.naming import Prefixes
from waystation.domains.staging.entities import Finding, Residency
from waystation.domains.staging.errors import BackendUnavailableError
from waystation.kernel import durable

RIGHTS = ("storage.stage", "storage.poll")
"""Scopes of the WLCG token profile 1.1 that stage requests and archiveinfo need."""
MOST_DAYS = 400
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
REFUSED_CERTIFICATE = ("alert", "disconnected without", "eof occurred", "connection reset")
"""How it shows that a site does not take ours: with TLS 1.3 only after the handshake."""


def findings(
    config: WlcgTapeConfig, client: SiteClient, locator: Locator, now: datetime
) -> Iterator[Finding]:
    """Look at the settings one by one; nothing is changed anywhere."""
    written = [
        *_address(config),
        *_numbers(config),
        *_state_dir(config),
        *_trust(config),
        *_token(config, now),
        *_certificate(config, now),
        *_prefixes(config),
    ]
    yield from written
    if all(finding.ok for finding in written):
        yield from _site(config, client, locator)


def _wrong(subject: str, words: str, mend: str) -> Finding:
    return Finding(ok=False, subject=subject, words=words, mend=mend)


def _well(subject: str, words: str) -> Finding:
    return Finding(ok=True, subject=subject, words=words)


def _address(config: WlcgTapeConfig) -> Iterator[Finding]:
    if not config.discovery and not config.endpoint:
        yield _wrong(
            "discovery",
            "It is not said where the other site answers.",
            'Name its WebDAV address: discovery = "https://webdav.example.org:2880".',
        )
    for subject, url in (("discovery", config.discovery), ("endpoint", config.endpoint)):
        parts = urlsplit(url)
        if url and (parts.scheme not in {"https", "http"} or not parts.hostname):
            mend = "Write https://, the host's name, and the port if it is not 443."
            yield _wrong(subject, f"{url} is not an https address.", mend)
        elif parts.scheme == "http" and not config.allow_http:
            words = f"{url} is not https: tokens and names of files could be read on the way."
            yield _wrong(subject, words, "Use https, or set `allow_http` if the way is safe.")


def _numbers(config: WlcgTapeConfig) -> Iterator[Finding]:
    for subject, value, least in (
        ("timeout_s", config.timeout_s, 1.0),
        ("connect_timeout_s", config.connect_timeout_s, 0.1),
        ("at_once", config.at_once, 1),
        ("request_files", config.request_files, 1),
        ("requests", config.requests, 1),
        ("list_limit", config.list_limit, 1),
        ("info_files", config.info_files, 1),
        ("disk_lifetime_s", config.disk_lifetime_s, 3_600),
    ):
        if value < least:
            yield _wrong(subject, f"{value:g} is too small.", f"Set it to {least:g} or more.")
    if config.disk_lifetime_s > MOST_DAYS * 86_400:
        words = f"{config.disk_lifetime_s:g} s is over {MOST_DAYS} days."
        yield _wrong("disk_lifetime_s", words, "Ask for less: it occupies another site's disks.")


def _state_dir(config: WlcgTapeConfig) -> Iterator[Finding]:
    subject, folder = "list_dir", config.state_dir
    trouble = durable.objection(folder)
    if trouble is not None:
        yield _wrong(subject, *trouble)
    else:
        yield _well(subject, f"{folder} is ours.")


def _trust(config: WlcgTapeConfig) -> Iterator[Finding]:
    for subject, place in (("ca_file", config.ca_file), ("ca_dir", config.ca_dir)):
        if place is None:
            continue
        if subject == "ca_dir":
            if not place.is_dir() or not any(place.glob("*.0")):
                words = f"{place} holds no authorities by their hash."
                mend = "Name the directory that fetch-crl and the CA packages fill."
                yield _wrong(subject, words, mend)
            continue
        try:
            ssl.create_default_context(cafile=str(place))
        except (OSError, ssl.SSLError) as error:
            yield _wrong(
                subject,
                f"{place} cannot be read as PEM certificates: {error}.",
                "Name the file that holds the certificate of who signed the site's.",
            )


def _token(config: WlcgTapeConfig, now: datetime) -> Iterator[Finding]:
    subject = "token_file"
    if config.token_file is None:
        if config.certificate is None:
            words = "There is neither a token nor a certificate: the site will not let us in."
            yield _wrong(subject, words, "Set `token_file`, or `certificate` and `key`.")
        return
    try:
        told = credentials.claims(credentials.token(config.token_file))
    except BackendUnavailableError as error:
        yield _wrong(subject, error.sentence, error.advice)
        return
    ends = told.get("exp")
    if isinstance(ends, int | float) and ends <= now.timestamp():
        ago = timedelta(seconds=int(now.timestamp() - ends))
        words = f"The token in {config.token_file} ran out {ago} ago."
        yield _wrong(subject, words, "Look at what should renew it (oidc-agent, htgettoken).")
    scopes = {scope.partition(":")[0] for scope in str(told.get("scope", "")).split()}
    lacking = [right for right in RIGHTS if right not in scopes]
    if "scope" in told and lacking and "storage.stage" in lacking:
        words = f"The token in {config.token_file} has no scope {' and '.join(lacking)}."
        yield _wrong(subject, words, "Ask for it with storage.stage:/ and storage.poll:/.")


def _certificate(config: WlcgTapeConfig, now: datetime) -> Iterator[Finding]:
    if config.certificate is None:
        return
    try:
        ends = credentials.ends(config.certificate)
        credentials.tls(config)
    except (OSError, ValueError) as error:
        words = f"{config.certificate} cannot be read as a PEM certificate: {error}."
        yield _wrong("certificate", words, "Name a PEM file that we may read.")
        return
    except BackendUnavailableError as error:
        yield _wrong("key", error.sentence, error.advice)
        return
    if ends <= now:
        words = f"{config.certificate} ran out at {ends:%Y-%m-%d %H:%M} UTC."
        yield _wrong("certificate", words, "Renew it; of a proxy, look at what makes it anew.")


def _prefixes(config: WlcgTapeConfig) -> Iterator[Finding]:
    for ours, theirs in config.prefixes.items():
        for path in (ours, theirs):
            if not path.startswith("/"):
                words = f"{path!r} is not an absolute path."
                yield _wrong("prefixes", words, 'Write "/our/directory" = "/their/directory".')


def _site(config: WlcgTapeConfig, client: SiteClient, locator: Locator) -> Iterator[Finding]:
    """Ask the site: is it there, can it be trusted, does it let us in, does it know the paths?"""
    address = "endpoint" if config.endpoint else "discovery"
    try:
        found = client.endpoint()
        seen = locator.locate([str(root) for root in config.roots] or ["/"])
    except BackendUnavailableError as error:
        yield _unavailable(config, address, error)
        return
    yield _well(address, f"{found.uri} answers for {found.site or 'a site without a name'}.")
    prefixes = Prefixes(config.prefixes)
    for root, where in zip(config.roots, seen, strict=False):
        there = prefixes.there(str(root))
        # Some servers call a directory missing: only WebDAV knows.
        if where.residency is Residency.MISSING and client.exists(there) is False:
            yield _wrong(
                "prefixes",
                f"The other site knows no {there}, which is to be our {root}.",
                "Say what our directories are called there: `prefixes`.",
            )


def _unavailable(config: WlcgTapeConfig, address: str, error: BackendUnavailableError) -> Finding:
    status = error.facts.get("status")
    ours = "token_file" if config.token_file is not None else "certificate"
    if status in {401, 403}:
        return _wrong(ours, error.sentence, error.advice)
    if UNTRUSTED in error.sentence:
        mend = "Set `ca_file` or `ca_dir` to who signed the site's certificate; use its own name."
        return _wrong("ca_file", error.sentence, mend)
    refused = any(words in error.sentence.lower() for words in REFUSED_CERTIFICATE)
    if config.certificate is not None and refused:
        mend = "The site does not take our certificate: ask which authorities it trusts."
        return _wrong("certificate", error.sentence, mend)
    mend = error.advice if status is not None else "Check the address, and firewalls in between."
    return _wrong(address, error.sentence, mend or "Look at the other site.")
