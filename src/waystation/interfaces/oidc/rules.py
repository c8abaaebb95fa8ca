"""Who may come in by another system without having been bound. Pure; deny by default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[^\w.@+-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom to make accounts for.

    Attributes:
        domains: of mail addresses that the provider has verified.
        claims: values by claim, one of which is enough: `{"groups": ("/vo",)}`.
    """

    domains: frozenset[str] = frozenset()
    claims: Mapping[str, frozenset[str]] | None = None

    def lets_in(self, said: Mapping[str, object]) -> bool:
        """Whether somebody of whom this is said gets an account."""
        mail = said.get("email")
        if isinstance(mail, str) and said.get("email_verified") is True:
            domain = mail.rpartition("@")[2].lower()
            if domain in self.domains:
                return True
        return any(_values(said.get(name)) & good for name, good in (self.claims or {}).items())


def account_name(said: Mapping[str, object]) -> str:
    """What a new account is called: the name that the person has there, else of the mail."""
    for claim in ("preferred_username", "email"):
        found = said.get(claim)
        if isinstance(found, str) and found:
            return _NAME.sub("-", found if claim != "email" else found.partition("@")[0])[:150]
    return ""


def _values(claim: object) -> set[str]:
    if isinstance(claim, str):
        return {claim}
    return {each for each in claim if isinstance(each, str)} if isinstance(claim, list) else set()
