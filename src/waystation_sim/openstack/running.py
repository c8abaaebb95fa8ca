"""The look-alike in a thread of this process, until it is stopped."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from waystation_sim.openstack.cloud import Cloud
from waystation_sim.openstack.face import Face
from waystation_sim.server import Server

WAIT_S = 10.0
"""For its beginning, and for its end."""


@contextmanager
def running(cloud: Cloud, port: int) -> Iterator[str]:
    """The cloud on a port of this machine; the URL of its Keystone.

    Raises:
        RuntimeError: it did not begin; its thread has said why.
    """
    url = f"http://127.0.0.1:{port}"
    loop, listens = asyncio.new_event_loop(), threading.Event()
    server = Server(Face(cloud, url), None)

    def serve() -> None:
        # All of it here: the caller's thread may have a loop of its own that runs.
        loop.run_until_complete(server.start([port]))
        listens.set()
        loop.run_forever()
        server.stop()
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    if not listens.wait(WAIT_S):
        raise RuntimeError(f"The look-alike does not listen on port {port}.")
    try:
        yield f"{url}/identity/v3"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_S)
