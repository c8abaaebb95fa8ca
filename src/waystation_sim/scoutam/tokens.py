"""Bearer tokens: given at login, good for a while, then answered with 403 as ScoutAM does."""

import secrets
import time
from hmac import compare_digest


class Tokens:
    """The tokens that a running ScoutAM gave; a restart forgets all of them.

    Args:
        account: who may log in.
        password: with which password.
        lifetime_s: how long a token is good for.
    """

    def __init__(self, account: str, password: str, lifetime_s: float) -> None:
        self._account = account
        self._password = password
        self._lifetime_s = lifetime_s
        self._until: dict[str, float] = {}

    def login(self, account: str, password: str) -> str | None:
        """A new token, None if account and password do not fit."""
        known = compare_digest(account.encode(), self._account.encode())
        if not (compare_digest(password.encode(), self._password.encode()) and known):
            return None
        token = secrets.token_urlsafe(24)
        self._until[token] = time.monotonic() + self._lifetime_s
        return token

    def good(self, authorization: str) -> bool:
        """Whether a request's Authorization header carries a token that is still good."""
        kind, _, token = authorization.partition(" ")
        return kind == "Bearer" and self._until.get(token, 0.0) > time.monotonic()
