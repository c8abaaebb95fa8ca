"""What every daemon of a site does: answer on a socket of its owner until a signal comes."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from waystation_sim.site.console import Console
from waystation_sim.site.faults import FaultError
from waystation_sim.site.layout import Site

LONGEST_REQUEST = 1 << 28
"""Bytes of one request line: a list of a million long paths fits."""

Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def clear(site: Site) -> None:
    """Take away files that were being brought back when the last daemon was killed."""
    for left in site.incoming.iterdir():
        left.unlink()


async def until_told(place: Path, answer: Connected) -> None:
    """Answer on a socket that only its owner may use, until SIGTERM or SIGINT."""
    _away(place)
    mask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(answer, place, limit=LONGEST_REQUEST)
    finally:
        os.umask(mask)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await stop.wait()
    server.close()
    _away(place)


def _away(place: Path) -> None:
    place.unlink(missing_ok=True)


def orders(carry_out: Callable[[dict[str, object]], None]) -> Connected:
    """Takes one fault order a connection, in the words of `waystation-sim fault`."""

    async def order(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        console = Console(writer)
        try:
            carry_out(json.loads(await reader.readline())["fault"])
            await console.exit(0)
        except (FaultError, KeyError, ValueError) as error:
            await console.err(str(error))
            await console.exit(2)
        finally:
            writer.close()

    return order
