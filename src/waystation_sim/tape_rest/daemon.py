"""The daemon of a site that answers as a Tape REST server; a Unix socket takes fault orders."""

import asyncio
import json
import os
import signal

from waystation_sim.site.console import Console
from waystation_sim.site.faults import CommandFaults, FaultError, Faults
from waystation_sim.site.hardware import Hardware, scale_for
from waystation_sim.site.index import Index
from waystation_sim.site.layout import Site
from waystation_sim.site.tasks import Tasks
from waystation_sim.tape_rest.face import Face
from waystation_sim.tape_rest.server import Server, tls
from waystation_sim.tape_rest.settings import TapeRestSettings
from waystation_sim.tape_rest.slips import Slips
from waystation_sim.tape_rest.stages import Stages


class TapeRestDaemon:
    """Serves one site until it is told to stop."""

    def __init__(self, site: Site, *, speed_up: float, scale: str) -> None:
        self._site = site
        told = TapeRestSettings.of(site.root)
        self._port = told.port
        self._index = Index(site.database)
        tasks = Tasks(self._index)
        tasks.abandon_unfinished()
        made, tapes = site.settings(), self._index.tapes()
        wide = scale_for(scale, tapes, made)
        hardware = Hardware(made, tapes, scale=wide, speed_up=speed_up)
        self._slips = Slips()
        self._faults = Faults(hardware, self._index, CommandFaults())
        self._stages = Stages(
            site, self._index, tasks, hardware, flavour=told.flavour, slips=self._slips
        )
        self._flavour = told.flavour
        self._face = Face(site, told, self._stages, self._slips)
        self._server = Server(self._face.answer, tls(told.certificate, told.key, told.client_ca))

    async def serve(self) -> None:
        """Answer until SIGTERM or SIGINT."""
        for left in self._site.incoming.iterdir():
            left.unlink()  # files that were being brought back when the last daemon was killed
        self._stages.resume()
        await self._server.start(self._port)
        self._site.socket.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            orders = await asyncio.start_unix_server(self._order, self._site.socket)
        finally:
            os.umask(mask)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, stop.set)
        await stop.wait()
        orders.close()
        self._site.socket.unlink(missing_ok=True)
        self._server.stop()
        self._stages.close()
        self._index.close()

    async def _order(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one fault order, in the words of the site's own daemon."""
        console = Console(writer)
        try:
            self._carry_out(json.loads(await reader.readline())["fault"])
            await console.exit(0)
        except (FaultError, KeyError, ValueError) as error:
            await console.err(str(error))
            await console.exit(2)
        finally:
            writer.close()

    def _carry_out(self, order: dict[str, object]) -> None:
        match str(order.get("kind")):
            case "tape-forget":
                self._stages.requests.forget()
            case "tape-cancel-all":
                self._stages.cancel_all()
            case "tape-evict":
                self._stages.evict(str(order["name"]))
            case "tape-switch":
                change = {str(order["name"]): json.loads(str(order["state"]))}
                self._flavour = self._flavour.with_changes(change)
                self._face.change(self._flavour)
                self._stages.change(self._flavour)
            case kind if kind.startswith("tape-") and kind != "tape-state":
                self._slips.carry_out(order)
            case _:
                self._faults.carry_out(order)


async def run(site: Site, *, speed_up: float, scale: str) -> None:
    """Serve a site in the running event loop."""
    await TapeRestDaemon(site, speed_up=speed_up, scale=scale).serve()
