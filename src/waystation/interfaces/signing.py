"""Signed addresses: a URL of one file that lets whoever has it fetch or put that file for a while.

`/dav/SPACE/PATH?signature=<user>.<token>.<verb>.<ends>.<signature>[.<network>]`: signed by us over
the account, the token that asked for it (0 is a person at a page), the verb, the end, the network
and the path. It has no row: it ends with its time, its account, its token, or the key
(docs/adr/0011-capabilities.md). The network is last because it has dots in it.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from waystation.domains.accounts.door import Verb
from waystation.kernel.errors import MalformedError

NAME = "signature"
LONGEST_S = 7 * 86_400
USUAL_S = 3_600
_PARTS = 5
VERBS: Mapping[str, frozenset[Verb]] = {
    "GET": frozenset({Verb.READ}),
    "PUT": frozenset({Verb.CREATE, Verb.MODIFY}),
}
"""What the bearer may do with the one path, by the method that was signed."""
_METHODS = {"GET": "GET", "HEAD": "GET", "PUT": "PUT"}


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature says.

    Attributes:
        user_id: for whom the bearer acts.
        token_id: the token that asked for it, and must still be good; 0 is none.
        verb: GET (and HEAD) or PUT.
        ends: seconds since 1970.
        network: from where it may be used; empty is from anywhere.
    """

    user_id: int
    token_id: int
    verb: str
    ends: int
    network: str = ""


def mint(key: str, said: Signed, path: str) -> str:
    """The address of a file, signed; below the server's own address.

    Args:
        key: of the house.
        said: what is signed.
        path: decoded, of the file: `/dav/SPACE/PATH`.
    """
    front = f"{said.user_id}.{said.token_id}.{said.verb}.{said.ends}"
    signature = _sign(key, front, said.network, path)
    tail = f".{said.network}" if said.network else ""
    return f"{quote(path)}?{NAME}={quote(f'{front}.{signature}{tail}', safe='')}"


def shown(query: bytes) -> str:
    """The signature in a query; empty without one."""
    return parse_qs(query.decode("latin-1")).get(NAME, [""])[0]


def read(
    key: str, text: str, *, method: str, path: str, address: str | None, now_s: float
) -> Signed | None:
    """What a signature says; None when it is not ours, not for this, or over.

    Args:
        key: of the house.
        text: the signature.
        method: of the request.
        path: of the request, decoded.
        address: where the request comes from, if that is known.
        now_s: seconds since 1970.
    """
    parts = text.split(".", _PARTS)
    if len(parts) < _PARTS or not all(each.isdecimal() for each in (*parts[:2], parts[3])):
        return None
    user, token, verb, ends, signature = parts[:_PARTS]
    network = parts[_PARTS] if len(parts) > _PARTS else ""
    wanted = _sign(key, f"{user}.{token}.{verb}.{ends}", network, path)
    # As bytes: text that is not ASCII cannot be compared in constant time.
    if not hmac.compare_digest(wanted.encode(), signature.encode(errors="replace")):
        return None
    if int(ends) <= now_s or _METHODS.get(method) != verb or not inside(address, network):
        return None
    return Signed(int(user), int(token), verb, int(ends), network)


def inside(address: str | None, networks: str) -> bool:
    """Whether an address is in one of these networks (comma between); none is any."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address or "")
        return any(
            found in ipaddress.ip_network(each.strip(), strict=False)
            for each in networks.split(",")
        )
    except ValueError:
        return False


def checked_network(text: str) -> str:
    """A network as it is signed.

    Raises:
        MalformedError: it is none.
    """
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False)) if text.strip() else ""
    except ValueError as problem:
        raise MalformedError(
            f"{text[:80]!r} is no network.", advice="Write 192.0.2.0/24 or 2001:db8::/32."
        ) from problem


def _sign(key: str, front: str, network: str, path: str) -> str:
    whole = f"signed.{front}.{network}\n{path}".encode(errors="replace")
    return hmac.new(key.encode(), whole, hashlib.sha256).hexdigest()
