"""What this back end is told: where ScoutAM answers, as whom we speak, and our limits."""

from dataclasses import dataclass, field
from pathlib import Path

MOST_PATHS = 10_000
"""Paths that ScoutAM takes in one batchstage (a comment in MWA's mwa_staging)."""

MOST_BYTES = 3_900_000
"""Bytes of one request that we send; ScoutAM takes less than 4 MB (the same comment)."""


@dataclass(frozen=True, slots=True)
class ScoutAMConfig:
    """Settings of one ScoutAM.

    Attributes:
        urls: base of each node's interface, `https://scout1.example.org:8080`; used in turn.
        account: that may stage.
        password: of the account.
        state_dir: directory for the memory of sent lists, ours alone.
        topic: Kafka topic to which ScoutAM is asked to send its news.
        ca_file: PEM file of who signed the nodes' certificates; None = the system's.
        roots: absolute directories whose files are staged, as ScoutAM names them.
        prefix: of every call's path.
        fscache: path of the call for the state of the disk cache, after the prefix.
        timeout_s: longest wait for one answer.
        connect_timeout_s: longest wait for a connection.
        at_once: questions about files under way at a time.
        list_limit: most files in one recall list.
        lists: how many lists may be with ScoutAM at a time.
        node_pause_s: a node that failed is left alone for so long.
        look_after_s: files of a list without news for so long are asked for, then again.
        looks_per_poll: most files asked for in one poll.
        releases: give disk space back by `release` (known from AWI's client, one call a file);
            False leaves that to ScoutAM's own watermarks.
        keep_keys_s: how long sent lists are remembered.
    """

    urls: tuple[str, ...]
    account: str
    password: str = field(repr=False)
    state_dir: Path
    topic: str
    ca_file: Path | None = None
    roots: tuple[Path, ...] = ()
    prefix: str = "/v1"
    fscache: str = "/fscache"
    timeout_s: float = 60.0
    connect_timeout_s: float = 5.0
    at_once: int = 16
    list_limit: int = MOST_PATHS
    lists: int = 64
    node_pause_s: float = 30.0
    look_after_s: float = 600.0
    looks_per_poll: int = 500
    releases: bool = False
    keep_keys_s: float = 30 * 86_400.0
