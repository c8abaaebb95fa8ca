"""The client's tests get a server of their own, each a fresh one."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from unit.client.api_server import Handler, World


@pytest.fixture
def world() -> Iterator[World]:
    """Run the server for one test."""
    known = World()
    handler = type("Handler", (Handler,), {"world": known})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_port}"
    yield known
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)
