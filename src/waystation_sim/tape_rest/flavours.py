"""How servers of the WLCG Tape REST API differ: one switch a difference.

Sources: dCache's source (master of July 2026) and its issues, EOS' source (5.4.11 and later), and
StoRM Tape 0.7.0 as it ran for us. `reference` is the API's own document and no server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Released = Literal["unchecked", "counter", "nothing"]


@dataclass(frozen=True, slots=True)
class Flavour:
    """How one server answers.

    Attributes:
        milliseconds: moments are in them; else in seconds.
        on_disk: files of a poll have `onDisk` and never `state`, nor moments of their own.
        text_status: `status` of an error is text.
        strict_keys: an unknown key beside `files` is refused with 400.
        durations: `strict` refuses a `diskLifetime` that Java's Duration cannot read; `ignored`
            looks at none.
        empty_cancels_all: a cancel without paths cancels the whole request.
        errors_in_headers: a refused cancel has its title and detail in HTTP headers, no body.
        release: `unchecked` gives back the named request's pins and says 200 to every name;
            `counter` ignores the name and gives back one pin of whomever; `nothing` does nothing.
        release_checks: release refuses an unknown name (404) and a foreign path (400).
        info_most: archiveinfo answers for so many paths and leaves the others out, silently.
        most_files: in a stage request.
        many_status: what a larger one is answered.
        many_words: the detail with it.
        most_requests: unfinished ones of one user; above it 429.
        zero_times: unset moments are 0; else they are left out.
        merges_duplicates: a path given twice is one file.
        lost_word: locality of a file whose cartridge is away.
        empty_word: locality of a file without bytes.
        fail_words: FAILED comes with an `error`.
        null_errors: `error` is there, and null, when nothing is wrong.
        discovery: answers the discovery document.
        slash: `/stage/` is `/stage`.
        empty_stage: a stage request without files is taken.
        refuses_disk_only: a file without a copy on tape is FAILED.
    """

    milliseconds: bool = False
    on_disk: bool = False
    text_status: bool = False
    strict_keys: bool = False
    durations: Literal["strict", "ignored"] = "ignored"
    empty_cancels_all: bool = False
    errors_in_headers: bool = False
    release: Released = "unchecked"
    release_checks: bool = False
    info_most: int = 1_000_000
    most_files: int = 1_000_000
    many_status: int = 413
    many_words: str = "Too many files in one request."
    most_requests: int = 1_000_000
    zero_times: bool = False
    merges_duplicates: bool = False
    lost_word: str = "LOST"
    empty_word: str = "NONE"
    fail_words: bool = True
    null_errors: bool = False
    discovery: bool = True
    slash: bool = True
    empty_stage: bool = False
    refuses_disk_only: bool = False

    def with_changes(self, changes: Mapping[str, object]) -> "Flavour":
        """The same with some switches set otherwise."""
        return replace(self, **changes)  # type: ignore[arg-type]


FLAVOURS: Mapping[str, Flavour] = {
    "reference": Flavour(),
    "dcache": Flavour(
        milliseconds=True,
        text_status=True,
        strict_keys=True,
        durations="strict",
        empty_cancels_all=True,
        errors_in_headers=True,
        info_most=10_000,
        most_files=500,
        many_words="The number of targets exceeds the maximum of 500 for a flat request.",
        most_requests=5_000,
        empty_word="DISK",
        refuses_disk_only=True,
    ),
    "eos": Flavour(on_disk=True, release="counter"),
    "storm": Flavour(
        release="nothing",
        release_checks=True,
        zero_times=True,
        merges_duplicates=True,
        lost_word="UNAVAILABLE",
        fail_words=False,
        discovery=False,
        slash=False,
        empty_stage=True,
    ),
}
