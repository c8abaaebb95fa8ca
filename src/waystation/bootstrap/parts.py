"""Our own commands as processes of their own, and the logs that all of them write."""

import subprocess
import sys

from waystation.kernel import logs
from waystation.kernel.errors import UnavailableError
from waystation.settings import Settings, environment


def run_part(*argv: str, dsn: str) -> str:
    """Run one of our own commands to its end; what it printed.

    Raises:
        UnavailableError: it failed; its own words are on the terminal.
    """
    done = subprocess.run(
        [sys.executable, "-m", "waystation", *argv],
        env=environment(WAYSTATION_POSTGRES__DSN=dsn),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise UnavailableError(f"waystation {argv[0]} failed.", advice="See the message above.")
    return done.stdout.decode()


def set_up_logs(settings: Settings) -> None:
    """Logs as the settings want them."""
    logs.set_up(
        level=settings.log.level, loggers=dict(settings.log.loggers), form=settings.log.format
    )
