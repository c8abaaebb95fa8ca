"""Everything a person can get wrong in this back end's settings, in plain words."""

import os
from collections.abc import Iterator
from itertools import islice

from waystation.backends.tape.ltfs.cartridges import folder_of, mounted
from waystation.backends.tape.ltfs.children import Crew
from waystation.backends.tape.ltfs.config import LtfsConfig, Tree
from waystation.backends.tape.ltfs.scan import lines_of
from waystation.domains.staging.entities import Finding
from waystation.domains.staging.errors import BackendUnavailableError
from waystation.kernel import durable


def findings(config: LtfsConfig, crew: Crew) -> Iterator[Finding]:
    """Look at the settings one by one; nothing is changed anywhere, no tape moves."""
    yield from _numbers(config)
    yield from _list_dir(config)
    yield from _roots(config)
    yield from _checksums(config)
    try:
        crew.probe()
    except BackendUnavailableError as silent:
        yield _wrong("mount", silent.sentence, silent.advice)
        return
    yield from _cartridges(config)


def _wrong(subject: str, words: str, mend: str) -> Finding:
    return Finding(ok=False, subject=subject, words=words, mend=mend)


def _well(subject: str, words: str) -> Finding:
    return Finding(ok=True, subject=subject, words=words)


def _numbers(config: LtfsConfig) -> Iterator[Finding]:
    for subject, value, least in (
        ("drives", config.drives, 1),
        ("list_limit", config.list_limit, 1),
        ("timeout_s", config.timeout_s, 1),
        ("fresh_s", config.fresh_s, 0),
    ):
        if value < least:
            yield _wrong(subject, f"{value:g} is too small.", f"Set it to {least} or more.")
    if config.one_cartridge and config.drives > 1:
        words = f"{config.drives} drives, but one cartridge."
        yield _wrong("drives", words, "Set `drives = 1`, or `one_cartridge = false`.")


def _list_dir(config: LtfsConfig) -> Iterator[Finding]:
    trouble = durable.objection(config.list_dir)
    if trouble is not None:
        yield _wrong("list_dir", *trouble)
    else:
        yield _well("list_dir", f"{config.list_dir} is ours.")


def _roots(config: LtfsConfig) -> Iterator[Finding]:
    if not config.trees:
        yield _wrong("root", "No store belongs to this back end.", "Name it in a store's section.")
    for tree in config.trees:
        if not tree.root.is_absolute() or not tree.root.is_dir():
            words = f"{tree.root} is not a directory here."
            yield _wrong("root", words, "Create it: files are brought up into it.")
        elif not os.access(tree.root, os.R_OK | os.W_OK | os.X_OK):
            words = f"{tree.root} may not be written by us."
            yield _wrong("root", words, "Give it to our user: files are brought up into it.")
        elif tree.root == config.mount or config.mount in tree.root.parents:
            words = f"{tree.root} is on the tapes themselves."
            yield _wrong("root", words, "Choose a directory on an ordinary disk.")
        if ".." in tree.source.split("/") or "\0" in tree.source:
            words = f"{tree.source!r} leads out of the cartridge."
            yield _wrong("sources", words, "Name a directory below the cartridge's own root.")


def _checksums(config: LtfsConfig) -> Iterator[Finding]:
    if config.checksums is None:
        return
    mend = "Name a file that `sha256sum` (or one of its sisters) wrote, readable by us."
    try:
        some = list(islice(lines_of(config), 1))
    except OSError as error:
        yield _wrong("checksums", f"{config.checksums} cannot be read: {error.strerror}.", mend)
        return
    if some:
        yield _well("checksums", f"{config.checksums} has checksums of our files.")
    else:
        yield _wrong("checksums", f"{config.checksums} has no checksum of a file of ours.", mend)


def _cartridges(config: LtfsConfig) -> Iterator[Finding]:
    try:
        found = mounted(config)
    except OSError as error:
        words = f"{config.mount} cannot be looked at: {error.strerror}."
        yield _wrong("mount", words, "Mount LTFS there, readable by our user.")
        return
    if not found:
        words = f"There is no LTFS cartridge at {config.mount}."
        mend = "Mount LTFS there; `one_cartridge = true` if it is the cartridge itself (SDE)."
        yield _wrong("mount", words, mend)
        return
    yield _well("mount", f"{len(found)} cartridges are mounted at {config.mount}.")
    for tree in config.trees:
        if ".." not in tree.source and not any(_holds(config, name, tree) for name in found):
            words = f"No mounted cartridge has a directory {tree.source!r}."
            mend = "Write it as it is below a cartridge's root; case counts."
            yield _wrong("sources", words, mend)


def _holds(config: LtfsConfig, name: str, tree: Tree) -> bool:
    return (folder_of(config, name) / tree.source.strip("/")).is_dir()
