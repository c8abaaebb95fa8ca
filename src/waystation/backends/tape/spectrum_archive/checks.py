"""Everything a person can get wrong in this back end's settings, in plain words."""

import os
import pwd
from collections.abc import Iterator

from waystation.backends.tape.spectrum_archive import parse
from waystation.backends.tape.spectrum_archive.command import Eeadm
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.entities import Finding
from waystation.domains.staging.errors import BackendError
from waystation.kernel import durable


def findings(config: EeadmConfig, eeadm: Eeadm) -> Iterator[Finding]:
    """Look at the settings one by one; nothing is changed anywhere."""
    yield from _list_dir(config)
    yield from _roots(config)
    yield from _numbers(config)
    usable = _command(config)
    yield usable
    if usable.ok:
        yield from _system(config, eeadm)


def _wrong(subject: str, words: str, mend: str) -> Finding:
    return Finding(ok=False, subject=subject, words=words, mend=mend)


def _well(subject: str, words: str) -> Finding:
    return Finding(ok=True, subject=subject, words=words)


def _command(config: EeadmConfig) -> Finding:
    subject = "eeadm"
    if not config.eeadm.is_absolute():
        return _wrong(
            subject,
            f"{config.eeadm} is not an absolute path.",
            "Write the whole path, usually /opt/ibm/ltfsee/bin/eeadm.",
        )
    if config.sudo_user:
        return _sudo(config.sudo_user)
    if not config.eeadm.exists():
        return _wrong(
            subject,
            f"{config.eeadm} does not exist.",
            "Run this back end's worker on a node where EE is installed.",
        )
    if not os.access(config.eeadm, os.X_OK):
        return _wrong(
            subject,
            f"{config.eeadm} may not be run by us.",
            "Set `sudo_user`, or give our user the right to run it.",
        )
    return _well(subject, f"{config.eeadm} is there.")


def _sudo(user: str) -> Finding:
    subject = "sudo_user"
    try:
        number = pwd.getpwnam(user).pw_uid
    except KeyError:
        return _wrong(
            subject,
            f"There is no user {user} on this machine.",
            "Name an existing user, or leave it out.",
        )
    if number not in {0, os.geteuid()}:
        return _wrong(
            subject,
            f"{user} cannot read our recall lists, which are for our user alone.",
            "Use root, or run this back end's worker as that user.",
        )
    return _well(subject, f"{user} can read our recall lists.")


def _list_dir(config: EeadmConfig) -> Iterator[Finding]:
    subject, folder = "list_dir", config.list_dir
    trouble = durable.objection(folder)
    if trouble is not None:
        yield _wrong(subject, *trouble)
    elif not folder.is_absolute() or " " in str(folder):
        yield _wrong(
            subject,
            f"{folder} must be an absolute path without spaces.",
            "Choose such a directory: its name is found again in EE's task list.",
        )
    else:
        yield _well(subject, f"{folder} is ours.")


def _roots(config: EeadmConfig) -> Iterator[Finding]:
    for root in config.roots:
        if not root.is_absolute() or not root.is_dir():
            yield _wrong(
                "root",
                f"{root} is not a directory here.",
                "Name the directory as EE knows it, on the GPFS file system.",
            )
        elif not os.access(root, os.R_OK | os.X_OK):
            yield _wrong(
                "root",
                f"{root} may not be read by us.",
                "Give our user the right to list and look at the files.",
            )


def _numbers(config: EeadmConfig) -> Iterator[Finding]:
    for subject, value, least in (
        ("drives", config.drives, 1),
        ("list_limit", config.list_limit, 1),
        ("command_timeout_s", config.command_timeout_s, 1),
    ):
        if value < least:
            yield _wrong(subject, f"{value:g} is too small.", f"Set it to {least} or more.")


def _system(config: EeadmConfig, eeadm: Eeadm) -> Iterator[Finding]:
    """Ask EE itself: does it answer us, and does it know what the settings name?"""
    try:
        known = parse.names(eeadm.ask("library", "list", "--json"))
        drives = parse.drives(eeadm.ask("drive", "list", "--json"))
    except (BackendError, parse.UnreadableAnswerError) as error:
        yield _wrong("eeadm", str(error), _mend(config, error))
        return
    yield _well("eeadm", f"EE answers; {len(drives)} drives.")
    for library in config.libraries:
        if library not in known:
            yield _wrong(
                "libraries",
                f"EE knows no library {library}.",
                f"It knows: {', '.join(sorted(known))}.",
            )
    if config.drives > len(drives):
        yield _wrong(
            "drives",
            f"{config.drives} lists at a time, but EE has {len(drives)} drives.",
            f"Set it to {len(drives)} or less.",
        )


def _mend(config: EeadmConfig, error: Exception) -> str:
    if config.sudo_user and "sudo" in str(error):
        return f"Let us run it without a password, in sudoers: NOPASSWD: {config.eeadm}"
    if isinstance(error, BackendError) and error.advice:
        return error.advice
    return "Run the command by hand as our user and look at what it says."
