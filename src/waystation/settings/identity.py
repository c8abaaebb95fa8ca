"""The identity part of the settings: whose words about people we believe."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from waystation.settings.section import Seconds, Section

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "Ed25519"]


class Issuer(Section):
    """Who signs WLCG or SciTokens JWTs that are taken as bearer tokens."""

    url: str
    """The issuer as it stands in `iss`, to the letter, e.g. `https://wlcg.cloud.cnaf.infn.it/`."""
    audiences: Annotated[tuple[str, ...], Field(min_length=1)]
    """Values of `aud` that mean us, e.g. `https://stage.example.org`."""
    any_audience: bool = False
    """Take tokens for anybody too: `https://wlcg.cern.ch/jwt/v1/any` and `ANY`."""
    jwks_url: str | None = None
    """Where its keys are; None is what its `.well-known/openid-configuration` says."""
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256")
    """Signatures that are believed; nothing else is, whatever a token says."""
    groups: dict[str, str] = Field(default_factory=dict)
    """Account by group of `wlcg.groups`, for tokens whose `sub` is nobody's: `"/vo" = "vo"`."""
    leeway_s: Annotated[float, Field(ge=0, le=600)] = 60.0
    """How far its clock and ours may differ."""
    refresh_s: Seconds = 3_600.0
    """Keys are asked for again after this; a key that we do not know is asked for at once."""
    keep_s: Seconds = 86_400.0
    """While it does not answer, keys that we have are good for so long."""
    plain: bool = False
    """Its keys may come by http; for tests on one machine only."""


class Policy(Section):
    """The acceptable-use policy; its text is in the database: `waystation policy publish`."""

    grace_days: Annotated[float, Field(ge=0, le=366)] = 14.0
    """So long programs of people who have not agreed to a new version go on."""


class SignIn(Section):
    """Another system by which people sign in on the pages: OpenID Connect.

    Who is bound (`waystation user sub`) comes in; for others an account is made when `domains` or
    `claims` let them in. Register `https://HOST/sign-in/from/NAME` there as the redirect URI.
    """

    title: str = ""
    """On the button; empty is the section's name."""
    issuer: str
    """As it stands in its discovery document, to the letter."""
    client_id: str
    """As registered there."""
    client_secret: SecretStr
    """As registered there."""
    scope: str = "openid profile email"
    """What is asked for."""
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "ES256")
    """Signatures of ID tokens that are believed."""
    domains: tuple[str, ...] = ()
    """Domains of verified mail addresses whose owners get an account; empty is nobody."""
    claims: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Claims that get an account, one value is enough: `{ groups = ["/vo"] }`."""
    plain: bool = False
    """It may be asked by http; for tests on one machine only."""
