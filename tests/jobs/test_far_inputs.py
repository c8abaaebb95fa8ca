"""Inputs that other servers have."""

import itertools
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobs.yard import SPACE
from waystation.domains.jobs.entities import Input, Wish
from waystation.domains.jobs.rules import objection
from waystation.kernel.errors import MalformedError

SH = shutil.which("sh") or "/bin/sh"


class Server(ThreadingHTTPServer):
    """Gives what is in `files`; `troubles` are what happens to the next calls."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/a%20b.dat": b"one", "/large": b"x" * 3_000_000}
        self.troubles: list[str] = []
        self.asked = itertools.count()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Server

    def do_GET(self) -> None:
        next(self.server.asked)
        trouble = self.server.troubles.pop(0) if self.server.troubles else ""
        data = self.server.files.get(self.path.partition("?")[0])
        if trouble == "busy":
            self.send_error(503)
        elif trouble == "leads away":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
        elif data is None:
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if trouble == "cut" else data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """On this machine."""
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def _counted(yard, *inputs: Input, **more):
    """Jobs that say how large their inputs are."""
    count = (
        "for f in *; do case $f in std*) ;; *) wc -c < \"$f\" | tr '\\n' ' '; echo $f;; esac; done"
    )
    asked = yard.ask(SH, "-c", f"{count} > stdout.txt", inputs=inputs, outputs=("stdout.txt",),
                     space=SPACE, prefix="sizes/{n}", **more)  # fmt: skip
    return yard.ended(asked.id)


def test_files_of_other_servers_are_there_when_it_runs(yard, server):
    ended = _counted(
        yard,
        Input("", "", f"{server.url}/{{item}}"),
        Input("", "", f"{server.url}/large?key=1", "in/big"),
        items=("a%20b.dat",),
    )
    assert ended.state == "done", yard.told()
    assert yard.world.get("sizes/1/stdout.txt", yard.admin).startswith(b"3 a b.dat\n")
    yard.check_books()


@pytest.mark.parametrize("trouble", ["busy", "cut"])
def test_a_server_in_trouble_is_asked_again(yard, server, trouble):
    server.troubles += [trouble, trouble]
    ended = _counted(yard, Input("", "", f"{server.url}/large"))
    assert ended.state == "done", yard.told()
    assert yard.world.get("sizes/1/stdout.txt", yard.admin) == b"3000000 large\n"
    assert next(server.asked) == 3


@pytest.mark.parametrize(
    ("path", "trouble", "words"),
    [("/none", "", "404 Not Found"), ("/large", "leads away", "redirects to another server")],
)
def test_what_is_not_to_be_had_fails_in_words(yard, server, path, trouble, words):
    server.troubles += [trouble]
    asked = yard.ask(SH, inputs=(Input("", "", f"{server.url}{path}"),), attempts=1)
    yard.until(lambda: yard.view(asked.id).finished or words in yard.told())
    assert words in yard.told()


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.org/x",
        "http://169.254.169.254/latest/meta-data",
        "http://user:secret@127.0.0.1/x",
    ],
)
def test_servers_that_are_not_named_are_never_asked(yard, url):
    with pytest.raises(MalformedError):
        yard.ask(SH, inputs=(Input("", "", url),))
    # Nor by a name that is put together later.
    head, tail = url.split("://")
    asked = yard.ask(SH, inputs=(Input("", "", f"{head}://{{item}}", "x"),), items=(tail,))
    assert yard.ended(asked.id).failed == 1
    assert "not allowed" in yard.told() or "password" in yard.told()


def test_a_url_is_not_in_a_space():
    url = "https://example.org/x"
    assert not objection(Wish((SH,), inputs=(Input("", "", url),)))
    assert objection(Wish((SH,), inputs=(Input(SPACE, "", url, "../x"),)))
    assert objection(Wish((SH,), inputs=(Input("", "", "https://example.org/"),)))
    assert objection(Wish((SH,), inputs=(Input("", "", "ftp://example.org/x"),)))
