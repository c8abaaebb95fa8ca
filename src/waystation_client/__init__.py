"""Waystation for programs and people: the Python SDK and the `way` command; speaks HTTP only."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waystation_client.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> object:
    """Import the SDK only when it is asked for, so that `way --help` stays quick."""
    if name == "Client":
        from waystation_client.client import Client  # noqa: PLC0415 - see the docstring

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
