"""Globus Auth: what gets an access token, and whose it is."""

import base64
import hmac
import time
from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import uuid4

from waystation_sim.globus.settings import Collection, GlobusSettings
from waystation_sim.server import Answer, Request

SCOPE = "urn:globus:auth:scope:transfer.api.globus.org:all"
SERVER = "transfer.api.globus.org"


@dataclass(frozen=True, slots=True)
class _Held:
    owner: str
    until: float
    scope: str


class Tokens:
    """Access tokens that are good now; a restart forgets them, as a revocation does."""

    def __init__(self, settings: GlobusSettings) -> None:
        self._settings = settings
        self._held: dict[str, _Held] = {}

    def owner(self, request: Request) -> str | None:
        """The account that asks; None when its token is not good."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        held = self._held.get(token) if kind == "Bearer" else None
        return held.owner if held is not None and held.until > time.time() else None

    def consented(self, request: Request, collection: Collection) -> bool:
        """Whether the token is for the data of a collection that wants to be asked for."""
        held = self._held.get(request.headers.get("authorization", "").partition(" ")[2])
        return held is not None and f"{collection.id}/data_access" in held.scope

    def forget(self) -> None:
        """Let none be good any more."""
        self._held.clear()

    def answer(self, request: Request) -> Answer:
        """`POST /v2/oauth2/token`."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        kind = form.get("grant_type")
        if kind == "client_credentials":
            owner = self._client(request)
        elif kind == "refresh_token":
            owner = self._settings.refresh_tokens.get(form.get("refresh_token", ""))
            owner = owner if owner == form.get("client_id") else None
        else:
            return Answer(400, {"error": "unsupported_grant_type"})
        if owner is None:
            return Answer(401, {"error": "invalid_client" if kind[0] == "c" else "invalid_grant"})
        token = f"Ag{uuid4().hex}"
        self._held[token] = _Held(
            owner, time.time() + self._settings.token_s, form.get("scope", "")
        )
        made = {
            "access_token": token,
            "expires_in": int(self._settings.token_s),
            "resource_server": SERVER,
            "scope": SCOPE,
            "token_type": "Bearer",
            "other_tokens": [],
        }
        if kind == "refresh_token":
            made["refresh_token"] = form["refresh_token"]
        return Answer(200, made)

    def _client(self, request: Request) -> str | None:
        """The UUID of a confidential client with the right secret."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(text).decode().partition(":")
        except ValueError:
            return None
        known = self._settings.clients.get(name, "")
        right = kind == "Basic" and known and hmac.compare_digest(known, secret)
        return name if right else None
