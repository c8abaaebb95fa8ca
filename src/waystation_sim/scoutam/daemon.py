"""The daemon of a site that answers as ScoutAM: HTTPS for clients, a Unix socket for orders."""

from waystation_sim.scoutam.face import Face
from waystation_sim.scoutam.messages import FileNews, KafkaNews, News, Silence
from waystation_sim.scoutam.settings import ScoutSettings
from waystation_sim.scoutam.slips import Slips
from waystation_sim.scoutam.stages import Stages
from waystation_sim.scoutam.tokens import Tokens
from waystation_sim.server import Server, tls
from waystation_sim.site import serving
from waystation_sim.site.faults import CommandFaults, Faults
from waystation_sim.site.hardware import Hardware, scale_for
from waystation_sim.site.index import Index
from waystation_sim.site.layout import Site
from waystation_sim.site.tasks import Tasks


class ScoutDaemon:
    """Serves one site until it is told to stop."""

    def __init__(self, site: Site, *, speed_up: float, scale: str) -> None:
        self._site = site
        self._settings = ScoutSettings.of(site.root)
        self._index = Index(site.database)
        tasks = Tasks(self._index)
        tasks.abandon_unfinished()
        made, tapes = site.settings(), self._index.tapes()
        wide = scale_for(scale, tapes, made)
        hardware = Hardware(made, tapes, scale=wide, speed_up=speed_up)
        self._slips = Slips()
        self._faults = Faults(hardware, self._index, CommandFaults())
        self._news = self._where_news_goes()
        self._stages = Stages(site, self._index, tasks, hardware, self._news)
        told = self._settings
        tokens = Tokens(told.account, told.password, told.token_s)
        face = Face(site, self._index, self._stages, tokens, self._slips)
        self._server = Server(face.answer, tls(told.certificate, told.key))

    async def serve(self) -> None:
        """Answer until SIGTERM or SIGINT."""
        serving.clear(self._site)
        self._stages.resume()
        await self._server.start(self._settings.ports)
        await serving.until_told(self._site.socket, serving.orders(self._carry_out))
        self._server.stop()
        self._stages.close()
        self._index.close()

    def _where_news_goes(self) -> News:
        if self._settings.kafka is None:
            return Silence()
        return KafkaNews(self._settings.kafka, self._slips)

    def _carry_out(self, order: dict[str, object]) -> None:
        match str(order.get("kind")):
            case "news-say":
                self._say(order)
            case kind if kind.startswith(("scout-", "news-")):
                self._slips.carry_out(order)
            case _:
                self._faults.carry_out(order)

    def _say(self, order: dict[str, object]) -> None:
        """Send a message that nothing has caused: about any name, to any topic."""
        news = FileNews(0, str(order["name"]), 0.0, str(order.get("stderr", "")))
        self._news.send(str(order["state"]), news, lambda: None)


async def run(site: Site, *, speed_up: float, scale: str) -> None:
    """Serve a site in the running event loop."""
    await ScoutDaemon(site, speed_up=speed_up, scale=scale).serve()
