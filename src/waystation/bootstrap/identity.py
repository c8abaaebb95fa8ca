"""Whose words about people are believed here; who judges them is imported when there are such."""

from typing import TYPE_CHECKING

from waystation.domains.accounts.door import Accounts
from waystation.interfaces.jwt.bearers import Bearers, Trusted
from waystation.interfaces.jwt.claims import ANYBODY
from waystation.kernel.clock import Clock
from waystation.settings import Settings

if TYPE_CHECKING:
    from waystation.interfaces.oidc.provider import Provider


def bearers(settings: Settings, accounts: Accounts, clock: Clock) -> Bearers:
    """Recognises tokens of the issuers in the settings."""
    if not settings.issuers:
        return Bearers({}, accounts, clock)
    from waystation.interfaces.jwt.keys import Keys, Where

    folder = settings.data_dir / "keys" / "issuers"
    found = {
        said.url: Trusted(
            url=said.url,
            audiences=frozenset(said.audiences) | (ANYBODY if said.any_audience else set()),
            algorithms=said.algorithms,
            leeway_s=int(said.leeway_s),
            groups=said.groups,
            keys=Keys(
                Where(said.url, said.jwks_url, said.refresh_s, said.keep_s, said.plain),
                clock,
                folder,
            ),
        )
        for said in settings.issuers.values()
    }
    return Bearers(found, accounts, clock)


def providers(settings: Settings, clock: Clock) -> dict[str, "Provider"]:
    """Systems by which people sign in, by their names in addresses."""
    if not settings.sign_in:
        return {}
    from waystation.interfaces.jwt.keys import Keys, Where
    from waystation.interfaces.oidc.provider import Provider
    from waystation.interfaces.oidc.rules import Rule

    folder = settings.data_dir / "keys" / "issuers"
    return {
        name: Provider(
            name=name,
            title=said.title or name,
            issuer=said.issuer,
            client_id=said.client_id,
            client_secret=said.client_secret.get_secret_value(),
            scope=said.scope,
            algorithms=said.algorithms,
            rule=Rule(
                frozenset(each.lower() for each in said.domains),
                {claim: frozenset(values) for claim, values in said.claims.items()},
            ),
            plain=said.plain,
            keys=Keys(Where(said.issuer, None, 3_600.0, 86_400.0, said.plain), clock, folder),
            clock=clock,
        )
        for name, said in settings.sign_in.items()
    }
