"""What `way` tells the shell: one number for each kind of ending, and when it is used."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit status of every `way` command; scripts may rely on these numbers."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5
    TIMED_OUT = 6
    CONFIRMATION_NEEDED = 7
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "all is well",
    ExitCode.SOME_FAILED: "some or all files failed, or the request ended without them",
    ExitCode.USAGE: "the command or its input was wrong",
    ExitCode.NOT_ALLOWED: "not signed in, or not allowed",
    ExitCode.NOT_FOUND: "no such request, file or dataset",
    ExitCode.UNAVAILABLE: "the server cannot be reached, is busy or failed",
    ExitCode.TIMED_OUT: "--timeout passed; the request itself goes on",
    ExitCode.CONFIRMATION_NEEDED: "a large recall needs --yes when nobody is there to ask",
    ExitCode.INTERRUPTED: "interrupted (ctrl-C); put, get and sync go on when run again",
}

# The server's problem codes (the API's table of codes) as endings of a command.
BY_PROBLEM: dict[str, ExitCode] = {
    "unauthenticated": ExitCode.NOT_ALLOWED,
    "forbidden": ExitCode.NOT_ALLOWED,
    "not-found": ExitCode.NOT_FOUND,
    "malformed": ExitCode.USAGE,
    "too-large": ExitCode.USAGE,
    "no-parent": ExitCode.NOT_FOUND,
    "precondition": ExitCode.USAGE,
    "method-not-allowed": ExitCode.USAGE,
    "over-quota": ExitCode.SOME_FAILED,
    "storage-full": ExitCode.SOME_FAILED,
    "digest-mismatch": ExitCode.SOME_FAILED,
    "conflict": ExitCode.USAGE,
    "not-configured": ExitCode.USAGE,
    "confirm-needed": ExitCode.CONFIRMATION_NEEDED,
    "limit-reached": ExitCode.UNAVAILABLE,
    "unavailable": ExitCode.UNAVAILABLE,
    "timed-out": ExitCode.TIMED_OUT,
}


def for_problem(code: str) -> ExitCode:
    """Return the ending for a problem code; one we do not know counts as the server's failure."""
    return BY_PROBLEM.get(code, ExitCode.UNAVAILABLE)


def for_state(state: str) -> ExitCode:
    """Return the ending for a request's last state; one that still runs is no failure."""
    return ExitCode.OK if state in {"complete", "active"} else ExitCode.SOME_FAILED


def table() -> str:
    """Return the list shown at the end of `way --help`, one meaning a paragraph."""
    return "\n".join(f"  {int(code)}  {meaning}" for code, meaning in MEANINGS.items())
