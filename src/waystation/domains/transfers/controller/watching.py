"""Watching: whether partners are there, and whether they still have what they took."""

import functools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.entities import PartnerInfo
from waystation.domains.transfers.errors import PartnerError
from waystation.domains.transfers.store import partners, replicas, rules
from waystation.kernel.database import Connection, Row

PING = timedelta(minutes=1)
CHUNK = 1_000


def greet(desk: Desk) -> int:
    """Partners that are due are greeted."""
    now = desk.now()
    found = desk.database.run(lambda conn: partners.due(conn, now=now, until=now + PING, limit=20))
    for row in found:
        partner, words = partners.read(row, desk.safe), ""
        try:
            desk.sites(partner).hello()
        except PartnerError as problem:
            words = problem.sentence
        write = functools.partial(partners.seen, partner_id=partner.id, now=now, words=words)
        desk.database.run(write)
    return 0


def verify(desk: Desk) -> int:
    """Copies that were not looked at for long are asked for; how many.

    A copy that is not there any more is forgotten, so that the rules send it again.
    """
    return sum(_verify(desk, partner) for partner in desk.partners().values() if partner.enabled)


def _verify(desk: Desk, partner: PartnerInfo) -> int:
    before = desk.now() - desk.policy.verify
    found = desk.database.rows(replicas.old(partner.id, before=before, limit=CHUNK))
    with suppress(PartnerError):
        ask(desk, partner, found)
        return len(found)
    return 0


def ask(desk: Desk, partner: PartnerInfo, found: Sequence[Row]) -> None:
    """Ask a partner for these copies, and write down what it says.

    Args:
        desk: where the steps work.
        partner: has them.
        found: at most `CHUNK` rows of `entry_id`, `space`, `path`, `sha256`.

    Raises:
        PartnerError: it says nothing, of all of them or of some.
    """
    now = desk.now()
    for space in sorted({str(row["space"]) for row in found}):
        mine = [row for row in found if row["space"] == space]
        files = [(str(row["path"]), _hex(row["sha256"])) for row in mine]
        there = desk.sites(partner).holds(space, files)
        asked = dict(zip([int(str(row["entry_id"])) for row in mine], there, strict=True))
        desk.database.run(functools.partial(_write, partner=partner.id, asked=asked, now=now))


def _write(conn: Connection, *, partner: int, asked: Mapping[int, bool], now: datetime) -> None:
    replicas.verified(conn, partner, [n for n, there in asked.items() if there], now=now)
    since = replicas.lost(conn, partner, [n for n, there in asked.items() if not there])
    if since is not None:
        rules.again(conn, partner, since=since, now=now)


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else ""
