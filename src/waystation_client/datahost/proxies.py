"""Which HTTP proxy stands between, if any: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, DATAHOST_NOPROXY."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from waystation_client.datahost.address import Address
from waystation_client.errors import NotConfiguredError


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `headers` introduce us to it."""

    host: str
    port: int
    headers: dict[str, str]


def proxy_for(address: Address, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy to that server; None is straight.

    DATAHOST_NOPROXY is `*` or a list of hosts, as NO_PROXY is; a name also means what ends in it.

    Raises:
        NotConfiguredError: the variable holds no address.
    """
    name = f"{address.scheme}_proxy"
    # HTTP_PROXY in capitals is not looked at by curl either: CGI fills it from a header.
    said = environment.get(name) or (
        environment.get("HTTPS_PROXY") if address.scheme == "https" else None
    )
    said = said or environment.get("all_proxy") or environment.get("ALL_PROXY") or ""
    if not said or _bypassed(address, environment):
        return None
    parts = urlsplit(said if "://" in said else f"http://{said}")
    if parts.scheme != "http" or not parts.hostname:
        raise NotConfiguredError(
            f"{name} holds no http:// address.", next_step="Or set DATAHOST_NOPROXY='*'."
        )
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return Proxy(parts.hostname, parts.port or 80, headers)


def _bypassed(address: Address, environment: Mapping[str, str]) -> bool:
    lists = (environment.get(name, "") for name in ("DATAHOST_NOPROXY", "no_proxy", "NO_PROXY"))
    hosts = {each.strip().lower() for text in lists for each in text.replace(",", " ").split()}
    named = (address.host, f"{address.host}:{address.port}")
    return "*" in hosts or any(
        one == host or one.endswith("." + host.lstrip(".")) for one in named for host in hosts
    )
