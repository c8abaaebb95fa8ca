"""Everything a person can get wrong in this back end's settings, in plain words."""

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from waystation.backends.tape.scoutam.cache import cache_state
from waystation.backends.tape.scoutam.client import ScoutClient
from waystation.backends.tape.scoutam.config import MOST_PATHS, ScoutAMConfig
from waystation.backends.tape.scoutam.nodes import Node
from waystation.domains.staging.entities import Finding
from waystation.domains.staging.errors import BackendUnavailableError
from waystation.kernel import durable


def findings(config: ScoutAMConfig, client: ScoutClient) -> Iterator[Finding]:
    """Look at the settings one by one; nothing is changed anywhere."""
    written = [*_words(config), *_numbers(config), *_state_dir(config), *_trust(config)]
    yield from written
    if all(finding.ok for finding in written):
        yield from _nodes(config, client)


def _wrong(subject: str, words: str, mend: str) -> Finding:
    return Finding(ok=False, subject=subject, words=words, mend=mend)


def _well(subject: str, words: str) -> Finding:
    return Finding(ok=True, subject=subject, words=words)


def _words(config: ScoutAMConfig) -> Iterator[Finding]:
    if not config.urls:
        mend = 'Name every node: urls = ["https://scout1.example.org:8080"].'
        yield _wrong("urls", "There is no node to ask.", mend)
    for url in config.urls:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            yield _wrong(
                "urls",
                f"{url} is not an https address.",
                "Write https://, the host's name, and the port if it is not 443.",
            )
    for subject in ("account", "password", "topic"):
        if not getattr(config, subject):
            yield _wrong(subject, f"There is no {subject}.", f"Set `{subject}`.")
    for root in config.roots:
        if not root.is_absolute():
            yield _wrong(
                "root", f"{root} is not an absolute path.", "Write the path as ScoutAM knows it."
            )
    for subject, path in (("prefix", config.prefix), ("fscache", config.fscache)):
        if path and (not path.startswith("/") or path.endswith("/")):
            yield _wrong(
                subject, f"{path!r} is not the path of a call.", "Begin with a slash, end without."
            )


def _numbers(config: ScoutAMConfig) -> Iterator[Finding]:
    for subject, value, least in (
        ("timeout_s", config.timeout_s, 1),
        ("connect_timeout_s", config.connect_timeout_s, 0.1),
        ("at_once", config.at_once, 1),
        ("list_limit", config.list_limit, 1),
        ("lists", config.lists, 1),
        ("looks_per_poll", config.looks_per_poll, 1),
    ):
        if value < least:
            yield _wrong(subject, f"{value:g} is too small.", f"Set it to {least:g} or more.")
    if config.list_limit > MOST_PATHS:
        yield _wrong(
            "list_limit",
            f"ScoutAM takes {MOST_PATHS} files in one call, not {config.list_limit}.",
            f"Set it to {MOST_PATHS} or less.",
        )


def _state_dir(config: ScoutAMConfig) -> Iterator[Finding]:
    subject, folder = "state_dir", config.state_dir
    trouble = durable.objection(folder)
    if trouble is not None:
        yield _wrong(subject, *trouble)
    else:
        yield _well(subject, f"{folder} is ours.")


def _trust(config: ScoutAMConfig) -> Iterator[Finding]:
    if config.ca_file is None:
        return
    try:
        ssl.create_default_context(cafile=str(config.ca_file))
    except (OSError, ssl.SSLError) as error:
        yield _wrong(
            "ca_file",
            f"{config.ca_file} cannot be read as PEM certificates: {error}.",
            "Name the file that holds the certificate of who signed ScoutAM's.",
        )


def _nodes(config: ScoutAMConfig, client: ScoutClient) -> Iterator[Finding]:
    """Ask every node: can it be reached and trusted, does it let us in, does it know the roots?"""
    answering = []
    for node in client.nodes:
        finding = _node(config, client, node)
        yield finding
        if finding.ok:
            answering.append(node)
    if not answering:
        return
    for root in config.roots:
        try:
            reply = client.get("/file", path=str(root))
        except BackendUnavailableError as error:
            yield _wrong("urls", error.sentence, error.advice)
            return
        if not reply.well:
            yield _wrong(
                "root",
                f"ScoutAM knows no directory {root}: {reply.complaint}.",
                "Name it as it is called on ScoutAM's own nodes, links resolved.",
            )


def _node(config: ScoutAMConfig, client: ScoutClient, node: Node) -> Finding:
    try:
        client.login(node, instead_of=node.token)
    except BackendUnavailableError as error:
        status = error.facts.get("status")
        if status is not None:
            subject = "prefix" if status == 404 else "account"  # noqa: PLR2004 - not found
            mend = "Check `prefix`, `account` and `password`."
            return _wrong(subject, error.sentence, mend)
        return _wrong("urls", error.sentence, _mend(error))
    try:
        state = cache_state(client.ask_node(node, config.fscache))
    except BackendUnavailableError as error:
        return _wrong("fscache", error.sentence, error.advice)
    if state.broken:
        words = f"{node.url} says that it is in trouble: {state.words}."
        return _wrong("urls", words, "Look at ScoutAM's own health.")
    return _well("urls", f"{node.url} answers: {state.words or 'ok'}.")


def _mend(error: BackendUnavailableError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in error.sentence:
        return "Set `ca_file` to the certificate of who signed ScoutAM's, and use its own name."
    return "Check the address, and whether a firewall is in between."
