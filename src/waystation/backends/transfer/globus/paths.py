"""Paths of files as collections name them."""

from waystation.domains.transfers.entities import Endpoint


def inside(end: Endpoint, path: str) -> str:
    """A path as the collection names it."""
    return f"{end.facts.get('base', '/').rstrip('/')}/{path}"
