"""The daemon of a site that answers as a Tape REST server; a Unix socket takes fault orders."""

import json

from waystation_sim.server import Server, tls
from waystation_sim.site import serving
from waystation_sim.site.faults import CommandFaults, Faults
from waystation_sim.site.hardware import Hardware, scale_for
from waystation_sim.site.index import Index
from waystation_sim.site.layout import Site
from waystation_sim.site.tasks import Tasks
from waystation_sim.tape_rest.face import Face
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
        serving.clear(self._site)
        self._stages.resume()
        await self._server.start([self._port])
        await serving.until_told(self._site.socket, serving.orders(self._carry_out))
        self._server.stop()
        self._stages.close()
        self._index.close()

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
