"""Mending: damaged files of ours are fetched from a partner that has a copy.

We fetch, nobody sends: an engine of ours reads at the partner, with the right that our account has
there, so that a partner gets no right here. Where only the site from which a file came can help,
it hears of the damage, and its rules send the file again.
"""

import functools
import itertools
import logging
import secrets
from collections.abc import Iterator, Sequence

from waystation.domains.transfers.controller import tasks
from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.moves import claim, give_up, later
from waystation.domains.transfers.controller.sending import hand_over
from waystation.domains.transfers.entities import PartnerInfo, Wreck
from waystation.domains.transfers.errors import (
    EngineRefusedError,
    PartnerError,
    PartnerRefusedError,
)
from waystation.domains.transfers.ports import Giver
from waystation.domains.transfers.states import ShipmentState
from waystation.domains.transfers.store import repairs
from waystation.domains.transfers.store.repairs import Copy
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import WaystationError
from waystation.kernel.waking import wake

log = logging.getLogger(__name__)

FETCH = "transfers-fetch"
PAGE = 1_000


def mend(desk: Desk) -> int:
    """Damaged files get a partner that is asked for their bytes; how many."""
    asked, known = 0, desk.partners()
    for wrecks in _pages(desk):
        now = desk.now()
        found = repairs.found(wrecks, desk.database.rows(repairs.copies(wrecks, now=now)))
        for number, group in itertools.groupby(found, lambda each: each.partner_id):
            partner, some = known[number], list(group)
            if isinstance(desk.sites(partner), Giver):
                asked += desk.database.run(functools.partial(_want, desk=desk, some=some))
        senders = repairs.found(wrecks, desk.database.rows(repairs.origins(wrecks, now=now)))
        for number, group in itertools.groupby(senders, lambda each: each.partner_id):
            asked += _tell(desk, known[number], list(group))
    return asked


def fetch(desk: Desk) -> int:
    """Shipments that we want are handed to engines; how many."""
    found = claim(desk, ShipmentState.WANTED, urgent=True)
    known = desk.partners()
    for row in found:
        try:
            _fetch(desk, row, known[int(str(row["partner_id"]))])
        except (EngineRefusedError, PartnerRefusedError) as problem:
            give_up(desk, row, problem.sentence)
        except WaystationError as problem:
            later(desk, row, problem)
    return len(found)


def _pages(desk: Desk) -> Iterator[Sequence[Wreck]]:
    """All damaged files, by the thousand."""
    after = 0
    while found := desk.harbour.wrecks(after=after, limit=PAGE):
        after = found[-1].entry_id
        yield found


def _want(conn: Connection, *, desk: Desk, some: Sequence[Copy]) -> int:
    """Make shipments of what one partner has; each is from one space there to one of ours."""
    now, first = desk.now(), desk.policy.first_doubt
    ids = [each.wreck.entry_id for each in some]
    ours = repairs.ask(conn, some[0].partner_id, ids, now=now, first=first)
    mine = [each for each in some if each.wreck.entry_id in ours]
    mine.sort(key=lambda each: (each.space, each.wreck.space, each.wreck.entry_id))
    for _, group in itertools.groupby(mine, lambda each: (each.space, each.wreck.space)):
        files = list(group)
        for start in range(0, len(files), desk.policy.files):
            some_ = files[start : start + desk.policy.files]
            repairs.want(conn, secrets.token_hex(16), some_, now=now)
    if mine:
        wake(conn, FETCH)
    return len(mine)


def _tell(desk: Desk, partner: PartnerInfo, some: Sequence[Copy]) -> int:
    """The site that sent these hears that they are damaged here, and sends them again."""
    site, now = desk.sites(partner), desk.now()
    if not isinstance(site, Giver):
        return 0
    ids = [each.wreck.entry_id for each in some]
    ask = functools.partial(
        repairs.ask, partner=partner.id, ids=ids, now=now, first=desk.policy.first_doubt
    )
    ours, told = desk.database.run(ask), 0
    by_space: dict[str, list[Copy]] = {}
    for each in some:
        if each.wreck.entry_id in ours:
            by_space.setdefault(each.wreck.space, []).append(each)
    for space, group in by_space.items():
        files = [(each.wreck.path, each.wreck.sha256.hex()) for each in group]
        try:
            knew = site.damaged(space, files)
        except PartnerError as problem:
            log.info("%s hears later of damaged files: %s", partner.name, problem)
            said = {problem.sentence: [each.wreck.entry_id for each in group]}
        else:
            told += len(group)
            said = {}
            for each, good in zip(group, knew, strict=True):
                said.setdefault(_words(partner, good=good), []).append(each.wreck.entry_id)
        for words, numbers in said.items():
            write = functools.partial(repairs.answered, ids=numbers, words=words)
            desk.database.run(write)
    return told


def _words(partner: PartnerInfo, *, good: bool) -> str:
    if good:
        return f"{partner.name}, from which it came, was told and sends it again."
    return f"{partner.name}, from which it came, does not know of it any more."


def _fetch(desk: Desk, row: Row, partner: PartnerInfo) -> None:
    site = desk.sites(partner)
    if not isinstance(site, Giver):
        raise PartnerRefusedError(f"{partner.name} does not give files back.")
    sources = site.sources(str(row["space"]))
    until = desk.now() + desk.policy.deadline
    targets = desk.harbour.berths(str(row["target_space"]), str(row["key"]), until)
    hand_over(desk, row, tasks.join(desk, row, partner, tasks.Ends(sources, targets, sources)))
