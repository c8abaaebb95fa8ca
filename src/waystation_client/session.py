"""What every command needs: a client for the configured server, and the user's clock."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waystation_client import configuration, notices
from waystation_client.datahost import credentials
from waystation_client.errors import NotConfiguredError, UnauthenticatedError

if TYPE_CHECKING:
    from waystation_client.client import Client
    from waystation_client.files.wire import Wire


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
        notices.tell(client, connection.url, now())


@contextmanager
def spaces() -> "Iterator[Wire]":
    """Give a wire to the spaces of the configured server: by token, else by certificate.

    A grid proxy is shown to an https server when there is no token for it; it is good at the
    server's grid port.

    Raises:
        NotConfiguredError: No server is known, or the certificate is of no use.
        UnauthenticatedError: There is neither token nor certificate.
    """
    connection = configuration.load(os.environ)
    shown = None
    if connection.token is None and connection.url.startswith("https://"):
        shown = credentials.certificate({}, os.environ)
    if connection.token is None and shown is None:
        raise UnauthenticatedError(
            f"Not signed in to {connection.url}.",
            next_step=f"Sign in with: way login {connection.url}",
        )
    from waystation_client.files.wire import Wire  # noqa: PLC0415 - httpx takes 0.2 s to import

    wire = Wire(connection, context=_context(shown))
    try:
        yield wire
    finally:
        wire.close()


def _context(shown: credentials.Certificate | None) -> ssl.SSLContext | None:
    """TLS that trusts the grid's authorities beside the usual ones; None is the usual."""
    directory = credentials.authorities(os.environ)
    if shown is None and directory is None:
        return None
    try:
        context = ssl.create_default_context()
        if directory is not None:
            context.load_verify_locations(capath=directory)
        if shown is not None:
            context.load_cert_chain(shown.certificate, shown.key)
    except (OSError, ssl.SSLError) as error:
        raise NotConfiguredError(
            f"The certificate, its key or the authorities are of no use: {error}."
        ) from error
    return context
