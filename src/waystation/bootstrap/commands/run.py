"""Running the service: all of it, or a part."""

import logging
from typing import TYPE_CHECKING, Annotated

import typer

from waystation.kernel.errors import MalformedError

if TYPE_CHECKING:
    from waystation.settings import Settings

log = logging.getLogger(__name__)

_LONGEST_HEAD_S = 30.0


def up() -> None:
    """Run everything on this node: database (unless postgres.dsn is set), web and worker."""
    from waystation.bootstrap.parts import run_part
    from waystation.bootstrap.up import Node

    settings = _begin()
    node = Node(settings)
    try:
        dsn = node.start_database()
        typer.echo(run_part("migrate", "--first-account", dsn=dsn), nl=False)
        node.start_services()
        log.info("Waystation is at %s", node.url)
        node.watch()
    finally:
        node.stop()


def web() -> None:
    """Serve pages and programs; started by `up`, or by systemd beside other nodes."""
    settings = _begin()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    at = settings.web
    # It also ends idle connections: before a proxy in front takes one of them again.
    head_s = min(at.patience_s, _LONGEST_HEAD_S)
    (settings.data_dir / "static").mkdir(parents=True, exist_ok=True)
    Granian(
        "waystation.bootstrap.web:app",
        address=at.host,
        port=at.port,
        interface=Interfaces.ASGI,
        workers=at.workers,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        http1_settings=HTTP1Settings(header_read_timeout=int(head_s * 1_000)),
        log_enabled=False,
        ssl_cert=at.tls_certificate,
        ssl_key=at.tls_key,
    ).serve()


def mwa_staging() -> None:
    """Serve the port of MWA's staging daemon; started by `up`."""
    settings = _begin()
    said = settings.dialects.mwa_staging
    if not said.listen:
        raise MalformedError(
            "MWA's staging daemon is not spoken here.", advice="Set dialects.mwa_staging.listen."
        )
    from waystation.bootstrap.mwa_staging import app
    from waystation.interfaces.dialects.mwa_staging.listener import serve

    host, port = said.at
    serve(app, host=host, port=port)


def grid() -> None:
    """Serve the grid port: client certificates and RFC 3820 proxies; started by `up`."""
    settings = _begin()
    at = settings.grid
    if not at.port or at.certificate is None or at.key is None:
        raise MalformedError(
            "The grid port is not configured.",
            advice="Set grid.port, grid.certificate and grid.key.",
        )
    from waystation.bootstrap.web import app
    from waystation.interfaces.grid.listener import serve
    from waystation.interfaces.grid.tls import GridTls

    files = GridTls(at.certificate, at.key, at.ca_dir, at.require_crls)
    try:
        serve(app, files, host=at.host, port=at.port, patience_s=settings.web.patience_s)
    except OSError as problem:
        raise MalformedError(
            f"The grid port cannot use its files: {problem}.",
            advice="Look at grid.certificate, grid.key and grid.ca_dir.",
        ) from problem


def mover() -> None:
    """Serve the port that sends files without copying them; started by `up`."""
    settings = _begin()
    if not settings.mover.port:
        raise MalformedError("The mover is not configured.", advice="Set mover.port.")
    from waystation.bootstrap.mover import run

    run(settings)


def stage_socket() -> None:
    """Serve the Unix socket for Globus stage apps on this host; started by `up`."""
    settings = _begin()
    said = settings.dialects.ltfsee_globus
    if not said.enabled or said.socket is None:
        raise MalformedError(
            "There is no socket for stage apps.",
            advice="Set dialects.ltfsee_globus.enabled and dialects.ltfsee_globus.socket.",
        )
    from waystation.bootstrap.web import app
    from waystation.interfaces.dialects.ltfsee_globus.listener import (
        serve,
    )

    try:
        serve(app, said.socket)
    except OSError as problem:
        raise MalformedError(
            f"The socket for stage apps cannot be made: {problem}.",
            advice="Look at dialects.ltfsee_globus.socket.",
        ) from problem


def worker(
    backend: Annotated[
        list[str] | None,
        typer.Option(help="Only this tape system's steps; may be given several times."),
    ] = None,
) -> None:
    """Move things along; run it on the node that has the tape system's commands."""
    settings = _begin()
    from waystation.bootstrap.django_start import start_django
    from waystation.bootstrap.worker import work

    start_django()
    work(settings, backend or [])


def migrate(
    first_account: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="Make an administrator when there is no account yet.")
    ] = False,
) -> None:
    """Bring the database's schema up to date and the stores in line with the settings."""
    from waystation.bootstrap import ready
    from waystation.bootstrap.django_start import start_django
    from waystation.settings import current

    start_django()
    ready.prepare(current())
    if first_account and not ready.has_users():
        password = ready.add_user("admin", admin=True)
        typer.secho("\n  A first account was made. It is shown this once:", bold=True)
        typer.echo(f"    user      admin\n    password  {password}\n")


def _begin() -> "Settings":
    """The settings, with logs as they want them."""
    from waystation.bootstrap.parts import set_up_logs
    from waystation.settings import current

    settings = current()
    set_up_logs(settings)
    return settings
