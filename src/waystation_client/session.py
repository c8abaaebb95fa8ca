"""What every command needs: a client for the configured server, and the user's clock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waystation_client import configuration
from waystation_client.errors import UnauthenticatedError

if TYPE_CHECKING:
    from waystation_client.client import Client


def now() -> datetime:
    """Return the time by this machine's clock."""
    return datetime.now(UTC)


@contextmanager
def signed_in() -> "Iterator[Client]":
    """Give a client for the configured server and token.

    Raises:
        NotConfiguredError: No server is known.
        UnauthenticatedError: No token is known for it.
    """
    connection = configuration.load(os.environ)
    if connection.token is None:
        raise UnauthenticatedError(
            f"Not signed in to {connection.url}.",
            next_step=f"Sign in with: way login {connection.url}",
        )
    from waystation_client.client import Client  # noqa: PLC0415 - httpx takes 0.2 s to import

    with Client(connection.url, connection.token) as client:
        yield client
