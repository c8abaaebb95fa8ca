"""The daemon of a simulated Globus: HTTP for clients, a Unix socket for orders."""

import asyncio
from contextlib import suppress
from pathlib import Path

from waystation_sim.globus.book import Book
from waystation_sim.globus.face import Face
from waystation_sim.globus.settings import GlobusSettings
from waystation_sim.globus.trouble import Trouble
from waystation_sim.globus.work import Work
from waystation_sim.server import Server, tls
from waystation_sim.site import serving


async def serve(root: Path) -> None:
    """Answer until SIGTERM or SIGINT."""
    settings, trouble, book = GlobusSettings.of(root), Trouble(), Book(root)
    face = Face(settings, book, trouble)
    server = Server(face.answer, tls(settings.certificate, settings.key))
    await server.start([settings.port])
    work = asyncio.create_task(Work(settings, book, trouble).run())
    await serving.until_told(root / "sim.sock", serving.orders(trouble.carry_out))
    server.stop()
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    book.close()
