"""The services that a dialect's own tests are given."""

from dataclasses import fields

from crash.world import World
from waystation.domains.accounts.door import Accounts
from waystation.interfaces.services import Services


def services(world: World, **more: object) -> Services:
    """What the world has, and what is said; what only other mouths ask is not there."""
    known: dict[str, object] = {
        "database": world.database,
        "clock": world.clock,
        "accounts": Accounts(world.database, world.clock),  # type: ignore[arg-type]
        "catalogue": world.catalogue,
        "staging": world.staging,
        "version": "test",
        "read_key": "test",
        "max_body_bytes": 2**28,
        "secure": False,
        **more,
    }
    return Services(**{each.name: known.get(each.name) for each in fields(Services)})  # type: ignore[arg-type]
