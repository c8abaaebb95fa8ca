"""What a client showed in TLS, checked to the authority; put into the ASGI scope by its listener.

Only the grid listener asks for client certificates; elsewhere there is never one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from waystation.interfaces.mouths import Scope

EXTENSION = "tls"
_KEY = "credential"


@dataclass(frozen=True, slots=True)
class Credential:
    """A verified certificate, or a chain of grid proxies (RFC 3820) that ends in one.

    Attributes:
        subject: of the person's own certificate, never of a proxy; RFC 4514 text.
        limited: a proxy of the chain is limited: good for data, not for submitting jobs.
        not_after: when the first certificate of the chain ends.
        proxy: it was a proxy, not the person's own certificate.
    """

    subject: str
    limited: bool
    not_after: datetime
    proxy: bool = False


def put(scope: Scope, credential: Credential) -> Scope:
    """The scope with the credential in it; the name as ASGI's TLS extension spells it."""
    extensions = scope.get("extensions")
    known = extensions if isinstance(extensions, Mapping) else {}
    tls = {"client_cert_name": credential.subject, _KEY: credential}
    return {**scope, "extensions": {**known, EXTENSION: tls}}


def of(scope: Scope) -> Credential | None:
    """What the client of this scope showed, None when nothing."""
    extensions = scope.get("extensions")
    tls = extensions.get(EXTENSION) if isinstance(extensions, Mapping) else None
    found = tls.get(_KEY) if isinstance(tls, Mapping) else None
    return found if isinstance(found, Credential) else None
