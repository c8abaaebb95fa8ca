"""Where a request comes from: the address to count guesses and downloads by.

A proxy on this machine is believed what it says in X-Forwarded-For, and only its own word: the
last one. Nobody else is.
"""

import ipaddress


def address(peer: str, forwarded: str) -> str | None:
    """The client's address; None when it is not known.

    Args:
        peer: who is connected to us.
        forwarded: the header X-Forwarded-For, maybe empty.
    """
    found = _parsed(peer)
    if found is not None and found.is_loopback and forwarded:
        found = _parsed(forwarded.rpartition(",")[2].strip()) or found
    return str(found) if found is not None else None


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
