"""Two small houses that replicate; each can be killed at any step, the line can be cut."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from crash.world import KilledError
from hosting.world import SPACE, World
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.local.way import LocalConfig, local_engine
from waystation.bootstrap.harbour import Spaces
from waystation.bootstrap.harbour_tapes import Tapes
from waystation.domains.accounts.door import Accounts
from waystation.domains.hosting.door import HIDDEN, Role
from waystation.domains.quotas.door import Limits
from waystation.domains.transfers.controller.steps import steps
from waystation.domains.transfers.door import (
    Desk,
    Endpoint,
    Engine,
    Offer,
    PartnerInfo,
    Policy,
    RuleInfo,
    Sending,
    Standing,
    Transfers,
    Welcome,
)
from waystation.domains.transfers.errors import PartnerUnavailableError
from waystation.kernel.clock import Clock
from waystation.kernel.sealing import Safe

HOST = "here"
SAFE = Safe("of these tests alone, and long enough")


class Line:
    """A `Site`: the other house's own services, over a line that can be cut or lose answers."""

    def __init__(self, caller: "Twin", callee: "Twin") -> None:
        self._caller = caller
        self._callee = callee

    def hello(self) -> str:
        return self._call("hello").name  # type: ignore[attr-defined, no-any-return]

    def offer(self, offer: Offer) -> Welcome:
        return self._call("expect", offer)  # type: ignore[return-value]

    def settle(self, arrived: Mapping[str, Mapping[int, str]]) -> Mapping[str, Standing | None]:
        return self._call("settle", arrived)  # type: ignore[return-value]

    def report(self, ended: Mapping[str, Standing]) -> None:
        self._call("report", ended)

    def sending(self, keys: Sequence[str]) -> Mapping[str, Sending]:
        return self._call("sending", keys)  # type: ignore[return-value]

    def holds(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        return self._call("holds", space, files)  # type: ignore[return-value]

    def cancel(self, keys: Sequence[str]) -> None:
        self._call("cancel", keys)

    def sources(self, space: str) -> Sequence[Endpoint]:
        return self._call("sources", space)  # type: ignore[return-value]

    def damaged(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        return self._call("damaged", space, files)  # type: ignore[return-value]

    def doubt(self, space: str, files: Sequence[tuple[str, str]]) -> None:
        self._call("doubt", space, files)

    def _call(self, name: str, *said: object) -> object:
        """The caller may die around it; a callee that dies in it is a line that breaks."""
        cut = self._caller.cut
        self._caller.fate.passes(f"before {name}")
        if name in cut.asking:
            raise PartnerUnavailableError("The line is cut.")
        try:
            who = self._callee.accounts.by_id(self._callee.ben.user_id)
            answer = getattr(self._callee.transfers.receiving, name)(who, *said)
        except KilledError as death:
            self._callee.rise()
            raise PartnerUnavailableError("The line broke.") from death
        if name in cut.answers:
            raise PartnerUnavailableError("The answer was lost.")
        self._caller.fate.passes(f"after {name}")
        return answer


def _copies(clock: Clock, claims: Claims) -> Engine:
    return local_engine(LocalConfig("local", HOST, durable=False), clock, claims)


@dataclass
class Cut:
    """Calls that do not get through, and calls whose answers do not."""

    asking: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)


class Twin(World):
    """A house of the two. The other one's account here is ben's."""

    def __init__(self, dsn: str, root: Path, name: str) -> None:
        self.name = name
        self.cut = Cut()
        self.ways: Sequence[Endpoint] = ()
        self.host = "one machine"
        self.make_engine: Callable[[Clock, Claims], Engine] = _copies
        self.make_tapes: Callable[[Twin], Tapes | None] = lambda _: None
        self.deaths: list[str] = []
        self.other: Twin | None = None
        self.policy = Policy(files=3, open=2, paths=(str(root.parent),))
        super().__init__(dsn, root)
        self.give(self.ben, Role.WRITER)

    def build(self) -> None:
        """Everything that a process has in memory, anew; tasks end with their process."""
        if hasattr(self, "engine"):
            self.engine.close()
        super().build()
        assert self.database is not None
        ways = [(str(self.root), self.ways)] if self.ways else []
        self.accounts = Accounts(self.database, self.clock)
        harbour = Spaces(
            self.accounts,
            self.hosting,
            self.clock,
            key="of tests",
            url="",
            hosts=[] if ways else [HOST],
            ways=ways,
            tapes=self.make_tapes(self),
        )
        self.transfers = Transfers.on(self.database, self.clock, SAFE, harbour, self.policy)
        self.engine = self.make_engine(
            self.clock, Claims(self.root.with_name(f"claims of {self.name}"))
        )
        self.sending = Desk(
            self.database,
            self.clock,
            SAFE,
            {self.engine.name: self.engine},
            self._line,
            harbour,
            self.policy,
            self.host,
        )

    def close(self) -> None:
        """Tasks end with their process."""
        if hasattr(self, "engine"):
            self.engine.close()
        super().close()

    def rise(self) -> None:
        """A new process after a death; nobody is killed a second time."""
        self.deaths.append(f"{self.fate.place}: {self.fate.passed[-1]}")
        self.fate.place = 0
        self.build()

    def _line(self, partner: PartnerInfo) -> Line:
        assert self.other is not None
        assert partner.name == self.other.name
        return Line(self, self.other)

    def know(self, other: "Twin") -> None:
        """Be half of a pair."""
        self.other = other
        self.transfers.know(self.admin, other.name, url="", token="", account_id=self.ben.user_id)

    def rule(self, **more: object) -> None:
        """All files of the space go to the other one."""
        assert self.other is not None
        known = {"name": "all", "partners": [self.other.name], **more}
        wanted = RuleInfo(owner_id=self.ana.user_id, space=SPACE, target_space=SPACE, **known)  # type: ignore[arg-type]
        self.transfers.rule(self.admin, wanted)

    def step(self) -> int:
        """Each step of replication once, tasks of engines to their end; how much moved."""
        moved = 0
        for _, run, _ in steps(self.sending):
            moved += run()
        self.tasks_end()
        return moved

    def tasks_end(self) -> None:
        """Wait for engines."""
        sql = "SELECT handle FROM transfers_shipment WHERE state = 2"
        handles = [str(row[0]) for row in self.rows(sql)]
        end = time.monotonic() + 30
        while any(str(p.state) == "moving" for p in self.engine.look(handles).values()):
            assert time.monotonic() < end
            time.sleep(0.005)

    def change(self, sql: str) -> None:
        """Write to the database itself, as a restore from yesterday's copy would."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            conn.execute(sql.encode())

    def limit(self, bytes_: int | None) -> None:
        """So much may be in the space."""
        limits = Limits(bytes_, None, None, None, 0)
        self.hosting.quotas.limit(f"space:{self.space.id}", limits, now=self.clock.now())

    def open(self) -> int:
        """Shipments that have not ended."""
        sql = "SELECT count(*) FROM transfers_shipment WHERE due IS NOT NULL"
        return int(str(self.rows(sql)[0][0]))


@dataclass
class Twins:
    """Both."""

    aye: Twin
    bee: Twin

    def live(self, rounds: int = 60, *, until: Callable[[], bool] | None = None) -> None:
        """Both work until nothing more happens; who is killed rises again."""
        quiet = 0
        for _ in range(rounds):
            moved = 0
            for each in (self.aye, self.bee):
                try:
                    moved += each.step()
                except KilledError:
                    each.rise()
                    moved += 1
            # One clock for both: it is the same day everywhere.
            self.aye.clock.forward(seconds=61)
            if until is not None and until():
                return
            if moved or self.aye.open() or self.bee.open():
                quiet = 0
                continue
            quiet += 1
            if quiet > 1:
                return
            self.aye.clock.forward(seconds=6 * 61)  # longer than the first doubt
        raise AssertionError(f"it never ends: {self.aye.rows(STATES)} {self.bee.rows(STATES)}")

    def check(self, *, same: bool = True) -> None:
        """Both books are right, and the two catalogues say the same."""
        for each in (self.aye, self.bee):
            each.turn(minutes=30)
            each.check()
            assert not each.open()
            landings = each.root / SPACE / HIDDEN / "landings"
            assert not landings.exists() or not list(landings.iterdir())
        if not same:
            return
        ours, theirs = ({p: e.sha256 for p, e in t.tree().items()} for t in (self.aye, self.bee))
        assert ours == theirs
        copies = self.aye.rows("SELECT path, sha256 FROM transfers_replica")
        assert dict(copies) == ours


STATES = "SELECT way, state, n_waiting, n_landed, n_failed, words FROM transfers_shipment"
