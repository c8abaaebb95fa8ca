"""The daemon of a site: one Unix socket, answers for `eeadm`, faults on order."""

import asyncio
import json
import os
import shutil

from waystation_sim.site import serving
from waystation_sim.site.commands import Commands
from waystation_sim.site.console import Call, Console, UsageError
from waystation_sim.site.faults import CommandFaults, FaultError, Faults
from waystation_sim.site.hardware import Hardware, scale_for
from waystation_sim.site.hardware_lists import HardwareLists
from waystation_sim.site.index import Index
from waystation_sim.site.layout import Site
from waystation_sim.site.recalls import Recalls
from waystation_sim.site.tasks import Tasks


class Daemon:
    """Serves one site until it is told to stop."""

    def __init__(self, site: Site, *, speed_up: float, scale: str) -> None:
        self._site = site
        self._index = Index(site.database)
        self._tasks = Tasks(self._index)
        self._tasks.abandon_unfinished()
        settings, tapes = site.settings(), self._index.tapes()
        wide = scale_for(scale, tapes, settings)
        hardware = Hardware(settings, tapes, scale=wide, speed_up=speed_up)
        self._recalls = Recalls(site, self._index, self._tasks, hardware)
        self._slips = CommandFaults()
        self._faults = Faults(hardware, self._index, self._slips)
        lists = HardwareLists(hardware, self._index, self._recalls)
        self._commands = Commands(site, self._index, self._tasks, self._recalls, lists)

    async def serve(self) -> None:
        """Answer until SIGTERM or SIGINT."""
        serving.clear(self._site)
        await serving.until_told(self._site.socket, self._answer)
        self._recalls.close()
        self._index.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            if line:
                console = Console(writer)
                await console.exit(await self._handle(json.loads(line), console))
        except ConnectionError:
            pass  # the client has gone
        finally:
            writer.close()

    async def _handle(self, request: dict[str, object], console: Console) -> int:
        fault = request.get("fault")
        try:
            if isinstance(fault, dict):
                self._faults.carry_out(fault)
                return 0
            call = _call_of(request)
            await asyncio.sleep(self._slips.delay_of(call.words[0] if call.words else ""))
            if self._slips.failures:
                code, words = self._slips.failures.pop(0)
                await console.err(words)
                return code
            return await self._commands.run(call, console)
        except (UsageError, FaultError) as error:
            await console.err(str(error))
            return 2


def _call_of(request: dict[str, object]) -> Call:
    words, lines, name = request.get("words"), request.get("lines"), request.get("list")
    return Call(
        tuple(map(str, words)) if isinstance(words, list) else (),
        tuple(str(lines).splitlines()) if lines else (),
        str(name) if name else None,
    )


async def run(site: Site, *, speed_up: float, scale: str) -> None:
    """Serve a site in the running event loop."""
    await Daemon(site, speed_up=speed_up, scale=scale).serve()


def write_eeadm(site: Site, to: str, python: str, source: str) -> None:
    """Write an executable `eeadm` that speaks to a site's daemon and starts at once.

    Args:
        site: whose daemon.
        to: path of the executable.
        python: the interpreter; run isolated and without `site`, which halves the start.
        source: directory that holds the package `waystation_sim`.
    """
    text = (
        f"#!{python} -ISE\n"
        '"""eeadm of a simulated archive site."""\n'
        "import sys\n"
        f"sys.path.insert(0, {source!r})\n"
        "from waystation_sim.eeadm import main\n"
        f"sys.exit(main({str(site.socket)!r}))\n"
    )
    fresh = f"{to}.new"
    with open(fresh, "w") as file:  # noqa: PTH123 - beside shutil and os calls on plain strings
        file.write(text)
    os.chmod(fresh, 0o755)  # noqa: PTH101, S103 - a command for everybody; the socket decides
    shutil.move(fresh, to)
