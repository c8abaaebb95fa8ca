"""How this wire is spoken at this site."""

from collections.abc import Mapping
from dataclasses import dataclass

from waystation.interfaces.grid.tls import GridTls
from waystation.kernel.sealing import Safe


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say.

    Attributes:
        space: in which jobs' files are; `{user}` stands for the account's name.
        clusters: names or addresses that clients use -> our clusters.
        key: signs tokens.
        safe: seals proxies.
        tls: by which proxies are checked; None: none are taken, tokens of ours are.
        web: where the grid port answers, for clients that fetch files of jobs from the cluster.
        hosts: more names of this server, in addresses of inputs.
    """

    space: str
    clusters: Mapping[str, str]
    key: str
    safe: Safe
    tls: GridTls | None
    web: str
    hosts: frozenset[str]
