"""Which hosts may be called: those that the settings name, and no address inside unless allowed.

A name is looked up once and the address that was judged is the one that is called: a name that
answers differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The allow-list.

    Attributes:
        names: hosts, `*.example.org` for all below, `host:port` for another port than the usual.
        networks: inside networks that these hosts may be in; others must be public.
        plain: hosts that may be called by http.
        what: that goes there, for people.
        section: of the settings in which operators say so.
    """

    names: tuple[str, ...] = ()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    plain: tuple[str, ...] = ()
    what: str = "Callbacks"
    section: str = "notify"

    def objection(self, url: str) -> str | None:
        """Why this URL may not be called, one sentence; None when it may. Looks up nothing."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return f"{url!r} is not a URL."
        if parts.scheme not in _PORTS or not host:
            return f"{url!r} is not an http or https URL."
        if parts.username is not None or parts.password is not None:
            return "The URL must not hold a password."
        if not self._named(host, port, parts.scheme, self.names):
            return (
                f"{self.what} to {parts.netloc} are not allowed here; operators list hosts in "
                f"{self.section}.hosts."
            )
        if parts.scheme == "http" and not self._named(host, port, "http", self.plain):
            return f"{self.what} to {parts.netloc} must use https."
        return None

    def address(self, parts: SplitResult) -> str:
        """The address to call for a URL.

        Raises:
            PermissionError: the host is at an address inside that the settings do not name.
            OSError: the name cannot be looked up.
        """
        host = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for *_, where in found:
            address = ipaddress.ip_address(str(where[0]).partition("%")[0])
            if self._may_be_at(address):
                return str(address)
        setting = f"{self.section}.networks"
        msg = f"{host} is at an inside address; operators list such networks in {setting}."
        raise PermissionError(msg)

    def _may_be_at(self, address: Address) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        return plain.is_global or any(plain in network for network in self.networks)

    @staticmethod
    def _named(host: str, port: int | None, scheme: str, names: tuple[str, ...]) -> bool:
        exact = f"{host}:{port or _PORTS[scheme]}".lower()
        usual = port in {None, _PORTS[scheme]}
        return any(
            fnmatchcase(exact, name.lower())
            if ":" in name
            else usual and fnmatchcase(host.lower(), name.lower())
            for name in names
        )
