"""The daemon of a simulated FTS: HTTP for clients, a Unix socket for orders."""

import asyncio
from contextlib import suppress
from pathlib import Path

from waystation_sim.fts.book import Job
from waystation_sim.fts.face import Face
from waystation_sim.fts.settings import FtsSettings
from waystation_sim.fts.trouble import Trouble
from waystation_sim.fts.work import Work
from waystation_sim.server import Server, tls
from waystation_sim.site import serving


async def serve(root: Path) -> None:
    """Answer until SIGTERM or SIGINT."""
    settings, trouble, jobs = FtsSettings.of(root), Trouble(), dict[str, Job]()
    face = Face(settings, jobs, trouble)
    server = Server(face.answer, tls(settings.certificate, settings.key, settings.client_ca))
    await server.start([settings.port])
    work = asyncio.create_task(Work(settings, jobs, trouble).run())
    await serving.until_told(root / "sim.sock", serving.orders(trouble.carry_out))
    server.stop()
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
