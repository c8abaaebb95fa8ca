"""Is a JWT good: signature, issuer, audience, times."""

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidTokenError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet

from waystation.kernel.errors import UnauthenticatedError


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token of an issuer has to say.

    Attributes:
        issuer: in `iss`.
        audiences: one of them in `aud`.
        algorithms: of the signature.
        leeway_s: between its clock and ours.
        now_s: ours, Unix seconds.
    """

    issuer: str
    audiences: frozenset[str]
    algorithms: tuple[str, ...]
    leeway_s: int
    now_s: int


def verified(text: str, keys: KeySet, expected: Expected) -> Mapping[str, object]:
    """The claims of a token, once everything about it is right.

    Raises:
        UnauthenticatedError: it is not good, with the reason.
    """
    registry = jwt.JWTClaimsRegistry(
        now=expected.now_s,
        leeway=expected.leeway_s,
        iss={"essential": True, "value": expected.issuer},
        exp={"essential": True},
        aud={"essential": True, "values": sorted(expected.audiences)},
    )
    try:
        token = jwt.decode(text, keys, algorithms=list(expected.algorithms))
        registry.validate(token.claims)
    except ExpiredTokenError as problem:
        ended = UnauthenticatedError("The token has ended.", advice="Get a new one.")
        raise ended from problem
    except InvalidTokenError as problem:
        raise UnauthenticatedError(
            "The token is not good yet.", advice="Is a clock wrong?"
        ) from problem
    except (InvalidClaimError, MissingClaimError) as problem:
        raise UnauthenticatedError(f"The token is not for us: {problem.description}.") from problem
    except BadSignatureError as problem:
        raise UnauthenticatedError("The token's signature is wrong.") from problem
    except (JoseError, ValueError) as problem:
        raise UnauthenticatedError(f"The token cannot be verified: {problem}.") from problem
    return token.claims
