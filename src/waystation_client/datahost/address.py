"""The server's address as the old commands were given it: host:port, or the URL of a call."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from waystation_client.errors import NotConfiguredError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Data Host is.

    Attributes:
        scheme: https or http.
        host: name or number, without brackets.
        port: of it.
        prefix: path before `/datahost/`; mostly nothing.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def netloc(self) -> str:
        """`host:port` as it stands in URLs and names of files; the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def plain(self) -> bool:
        """Whether others on the way can read what is sent."""
        return self.scheme == "http" and self.host not in LOOPBACK

    def path(self, call: str, **query: str) -> str:
        """Path of a call, with a query."""
        asked = "&".join(
            f"{name}={quote(value, '', errors='surrogateescape')}" for name, value in query.items()
        )
        return f"{self.prefix}/datahost/{call}/" + (f"?{asked}" if asked else "")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.prefix}"


def parsed(text: str) -> Address:
    """An address from `host:port`, `https://host:port`, or the URL of a call; https by default.

    Raises:
        NotConfiguredError: it is none.
    """
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        raise NotConfiguredError(
            f"{text!r} is no server address.", next_step="HOST:PORT or https://HOST:PORT"
        )
    before, found, _ = parts.path.partition("/datahost")
    prefix = (before if found else parts.path).rstrip("/")
    port = port or _DEFAULT_PORTS[parts.scheme]
    return Address(parts.scheme, parts.hostname.lower(), port, prefix)
