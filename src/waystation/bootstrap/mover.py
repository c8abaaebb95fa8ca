"""The port for bytes: a process without Django, so that it is small and quick.

Of the database it only hears who is suspended; without one it goes on.
"""

from waystation.interfaces.dav.tickets import Seal
from waystation.interfaces.mover.connection import Giver
from waystation.interfaces.mover.listener import serve, tls
from waystation.interfaces.mover.pace import Patience
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import MalformedError
from waystation.kernel.keys import load_or_make
from waystation.settings import Settings


def seal(settings: Settings) -> Seal:
    """What closes and opens tickets; web port and mover find the same key."""
    return Seal(load_or_make(settings.data_dir / "keys" / "mover"))


def run(settings: Settings) -> None:
    """Serve until SIGTERM.

    Raises:
        MalformedError: the port or the files of its TLS cannot be used.
    """
    at = settings.mover
    chain, key = at.certificate or settings.web.tls_certificate, at.key or settings.web.tls_key
    patience = Patience(window_s=settings.web.patience_s)
    giver = Giver(seal(settings), SystemClock(), patience)
    try:
        context = tls(chain, key) if chain else None
        dsn = settings.postgres.dsn.get_secret_value() if settings.postgres.dsn else ""
        serve(giver, context, host=at.host, port=at.port, dsn=dsn)
    except OSError as problem:
        raise MalformedError(
            f"The mover cannot serve: {problem}.",
            advice="Look at mover.host, mover.port, mover.certificate and mover.key.",
        ) from problem
