"""What this back end is told: where the other site answers, who we are there, and our limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DISCOVERY = "/.well-known/wlcg-tape-rest-api"
"""Path of the discovery document at every WebDAV endpoint that has a tape behind it."""


@dataclass(frozen=True, slots=True)
class WlcgTapeConfig:
    """Settings of one site.

    The numbers are WLCG DOMA's advice of 2023: 200 files a request, 5,000 requests at once for
    one experiment.

    Attributes:
        state_dir: directory for the memory of sent lists, ours alone.
        discovery: URL of the site's WebDAV endpoint or of its discovery document.
        endpoint: URL of the API itself, for sites without a discovery document.
        site: name for `targetedMetadata`; empty is what the discovery document says.
        token_file: bearer token, read again whenever it changes.
        certificate: PEM file of an X.509 certificate, or of a proxy with its key and chain.
        key: PEM file of its private key; None = in the same file.
        ca_file: PEM file of who signed the site's certificate; None = the system's.
        ca_dir: directory of such certificates by hash, as grids keep it.
        roots: absolute directories whose files are staged, as we name them.
        prefixes: our directory -> the directory it is at the other site; the longest counts.
        disk_lifetime_s: how long the other site is asked to hold files.
        activity: told to the site with each file; empty = nothing is told.
        timeout_s: longest wait for one answer, its repetitions included.
        connect_timeout_s: longest wait for a connection.
        at_once: calls under way at a time.
        request_files: files in one stage request.
        requests: stage requests at a time.
        list_limit: most files in one recall list.
        info_files: files in one archiveinfo call.
        request_poll_s: a stage request is looked at no more often.
        polls_per_call: stage requests looked at in one `poll`.
        stuck_after_s: a file STARTED for longer has failed; FTS waits as long.
        releases: give files back by `release`; False where that does nothing (StoRM).
        allow_http: speak plain HTTP to the site.
        keep_lists_s: how long sent lists are remembered.
    """

    state_dir: Path
    discovery: str = ""
    endpoint: str = ""
    site: str = ""
    token_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    ca_file: Path | None = None
    ca_dir: Path | None = None
    roots: tuple[Path, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    disk_lifetime_s: float = 604_800.0
    activity: str = ""
    timeout_s: float = 60.0
    connect_timeout_s: float = 5.0
    at_once: int = 8
    request_files: int = 200
    requests: int = 5_000
    list_limit: int = 10_000
    info_files: int = 1_000
    request_poll_s: float = 60.0
    polls_per_call: int = 500
    stuck_after_s: float = 7 * 86_400.0
    releases: bool = True
    allow_http: bool = False
    keep_lists_s: float = 60 * 86_400.0

    @property
    def lists(self) -> int:
        """How many lists make up all requests."""
        return max(1, self.requests * self.request_files // max(1, self.list_limit))
