"""The services that a dialect's own tests are given."""

from dataclasses import fields
from datetime import timedelta

from crash.world import World
from waystation.backends.storage.posix.storage import PosixStorage
from waystation.domains.accounts.door import Accounts
from waystation.domains.hosting.door import Hosting
from waystation.domains.people.door import Policies
from waystation.interfaces.jwt.bearers import Bearers
from waystation.interfaces.services import Services


def services(world: World, **more: object) -> Services:
    """What the world has, and what is said; what only other mouths ask is not there."""
    accounts = Accounts(world.database, world.clock)  # type: ignore[arg-type]
    known: dict[str, object] = {
        "database": world.database,
        "clock": world.clock,
        "accounts": accounts,
        "bearers": Bearers({}, accounts, world.clock),
        "policies": Policies(world.database, world.clock, timedelta(days=14)),  # type: ignore[arg-type]
        "catalogue": world.catalogue,
        "staging": world.staging,
        "hosting": Hosting.on(
            world.database,  # type: ignore[arg-type]
            world.clock,
            lambda _, folder: PosixStorage(folder),
        ),
        "version": "test",
        "read_key": "test",
        "max_body_bytes": 2**28,
        "patience_s": 60.0,
        "grid": "",
        "secure": False,
        **more,
    }
    return Services(**{each.name: known.get(each.name) for each in fields(Services)})  # type: ignore[arg-type]
