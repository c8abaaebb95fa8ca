"""The look-alike in a thread of this process, until it is stopped."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from waystation_sim.openstack.cloud import Cloud
from waystation_sim.openstack.face import Face
from waystation_sim.server import Server

STOP_S = 10.0


@contextmanager
def running(cloud: Cloud, port: int) -> Iterator[str]:
    """The cloud on a port of this machine; the URL of its Keystone."""
    url = f"http://127.0.0.1:{port}"
    loop = asyncio.new_event_loop()
    server = Server(Face(cloud, url), None)
    loop.run_until_complete(server.start([port]))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"{url}/identity/v3"
    finally:
        loop.call_soon_threadsafe(server.stop)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_S)
