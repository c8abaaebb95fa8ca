"""The dance with a provider: authorization code with PKCE, state and nonce (authlib)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import JoseError

from waystation.interfaces.jwt.documents import DEADLINE_S, discovered
from waystation.interfaces.jwt.keys import Keys
from waystation.interfaces.oidc.client import OAuth2Client
from waystation.interfaces.oidc.rules import Rule
from waystation.kernel.clock import Clock
from waystation.kernel.errors import UnauthenticatedError, UnavailableError

_LEEWAY_S = 60


@dataclass(frozen=True, slots=True)
class Provider:
    """A system by which people sign in.

    Attributes:
        name, title: in addresses, and for people.
        issuer: as in `iss`.
        client_id, client_secret, scope: as registered there.
        algorithms: signatures of its ID tokens that are believed.
        rule: for whom accounts are made; None is nobody.
        plain: http is taken too.
        keys: of it.
        clock: ours.
    """

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret: str
    scope: str
    algorithms: tuple[str, ...]
    rule: Rule | None
    plain: bool
    keys: Keys
    clock: Clock

    def begin(self, redirect_uri: str) -> tuple[str, dict[str, str]]:
        """Where to send the browser, and what its session must keep until it is back.

        Raises:
            UnavailableError: the provider does not answer.
        """
        kept = {"nonce": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(48)}
        where = self._metadata()
        with self._client(redirect_uri) as client:
            url, kept["state"] = client.create_authorization_url(
                str(where["authorization_endpoint"]),
                code_verifier=kept["verifier"],
                nonce=kept["nonce"],
            )
        return url, kept

    def finish(self, redirect_uri: str, back: str, kept: Mapping[str, str]) -> dict[str, object]:
        """What the provider says of who came back with an answer.

        Args:
            redirect_uri: as at the beginning.
            back: the whole address of the answer.
            kept: what the session kept.

        Raises:
            UnauthenticatedError: it is no answer to our question, or no good one.
            UnavailableError: the provider does not answer.
        """
        self._of_us(back, kept)
        where = self._metadata()
        try:
            with self._client(redirect_uri, state=kept["state"]) as client:
                token = client.fetch_token(
                    str(where["token_endpoint"]),
                    authorization_response=back,
                    code_verifier=kept["verifier"],
                )
                said = self._verified(str(token.get("id_token", "")), kept["nonce"])
                if "userinfo_endpoint" in where:
                    more = client.get(str(where["userinfo_endpoint"])).raise_for_status().json()
                    if more.get("sub") == said["sub"]:
                        said = {**more, **said}
        except httpx.HTTPError as problem:
            raise self._away() from problem
        except (AuthlibBaseError, JoseError, ValueError) as problem:
            raise UnauthenticatedError(
                f"{self.title} did not say who you are: {problem}.", advice="Begin again."
            ) from problem
        return said

    def _of_us(self, back: str, kept: Mapping[str, str]) -> None:
        """Whether an answer is to our question, and from who was asked (RFC 9207)."""
        answer = parse_qs(urlsplit(back).query)
        state = answer.get("state", [""])[0]
        same = secrets.compare_digest(state.encode(), kept.get("state", "").encode())
        if not state or not same or answer.get("iss", [self.issuer])[0] != self.issuer:
            raise UnauthenticatedError(
                "This is no answer to a sign-in that was begun in this browser.",
                advice="Begin again.",
            )
        if "error" in answer:
            words = answer.get("error_description", answer["error"])[0][:200]
            raise UnauthenticatedError(f"{self.title} said no: {words}.")

    def _verified(self, text: str, nonce: str) -> dict[str, object]:
        """The claims of an ID token, once everything about it is right."""
        registry = jwt.JWTClaimsRegistry(
            now=int(self.clock.now().timestamp()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        token = jwt.decode(text, self.keys.current(None), algorithms=list(self.algorithms))
        registry.validate(token.claims)
        return dict(token.claims)

    def _metadata(self) -> dict[str, object]:
        try:
            with httpx.Client(timeout=DEADLINE_S, follow_redirects=False) as http:
                return discovered(http, self.issuer, plain=self.plain)
        except (httpx.HTTPError, ValueError, TypeError) as problem:
            raise self._away() from problem

    def _client(self, redirect_uri: str, **more: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=self.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=DEADLINE_S,
            **more,
        )

    def _away(self) -> UnavailableError:
        return UnavailableError(
            f"{self.title} does not answer.", advice="Try again in a moment, or use a password."
        )
