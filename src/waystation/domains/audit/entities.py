"""What is known of an act, and of the chain."""

from dataclasses import dataclass
from datetime import datetime

from waystation.kernel.errors import Fact


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did.

    Attributes:
        id: in the order in which acts began to be written.
        at: when, UTC.
        actor_id, actor: account, by number and by the name that it had.
        via: how it was recognised: `session`, `token NAME`, `certificate DN`.
        address: of the client.
        act: what, e.g. `file.put`.
        thing: on which.
        outcome: `done` or `refused`.
        request_id: as in logs and answers.
        facts: more of it.
        n: place in the chain; None until it is sealed, a moment later.
        seal: SHA-256 of the seal before it and this.
    """

    id: int
    at: datetime
    actor_id: int | None
    actor: str
    via: str
    address: str
    act: str
    thing: str
    outcome: str
    request_id: str
    facts: dict[str, Fact]
    n: int | None
    seal: bytes | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None and empty are all.

    Attributes:
        actor: exactly this name.
        act: `file.put`, or a family: `file`.
        thing: somewhere in it.
        outcome: `done` or `refused`.
        since, until: from then on, before then.
    """

    actor: str = ""
    act: str = ""
    thing: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of the chain; who keeps it elsewhere can tell a chain that was cut short."""

    n: int
    seal: bytes

    @property
    def text(self) -> str:
        """As it is written down: `N:HEX`."""
        return f"{self.n}:{self.seal.hex()}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look over the whole chain found.

    Attributes:
        entries: how many sealed entries were looked at.
        loose: how many wait for their seal.
        broken: what is wrong, a sentence each; nothing when all is well.
        head: the last seal.
    """

    entries: int
    loose: int
    broken: list[str]
    head: Head
