"""JSON documents of an issuer: fetched with a deadline and a bound, never by redirects."""

import json
from urllib.parse import urlsplit

import httpx

DEADLINE_S = 5.0
_MOST_BYTES = 256 * 1024


def fetch(http: httpx.Client, url: str, *, plain: bool) -> dict[str, object]:
    """The document at an address.

    Args:
        http: whose deadline counts.
        url: of it.
        plain: http is taken too.

    Raises:
        httpx.HTTPError: it does not come.
        ValueError, TypeError: it is no document, or not to be had by https.
    """
    if urlsplit(url).scheme != "https" and not plain:
        raise ValueError(f"{url} is not https")
    with http.stream("GET", url) as answer:
        answer.raise_for_status()
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise ValueError(f"{url} is too large")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError(f"{url} is no document")
    return found


def discovered(http: httpx.Client, issuer: str, *, plain: bool) -> dict[str, object]:
    """What an issuer says of itself (OpenID Connect Discovery 1.0).

    Raises:
        httpx.HTTPError, ValueError, TypeError: see `fetch`; or it speaks for another issuer.
    """
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    found = fetch(http, url, plain=plain)
    if found.get("issuer") != issuer:
        raise ValueError(f"the discovery document is of {found.get('issuer')!r}")
    return found
