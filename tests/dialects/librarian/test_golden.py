"""What the old client sends, byte for byte, one call after the other; each names its line."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from dialects.librarian.conftest import Library, xxh3
from running import until
from waystation_sim.librarian.book import COMPLETED, STAGED, Librarian
from waystation_sim.librarian.running import RunningLibrarian

GOLDEN = Path(__file__).parent / "golden"
DATA = b"golden bytes"
PASSWORD = "a good enough one"
Known = dict[str, object]


def filled(template: object, known: dict[str, object]) -> object:
    """A template with what is known in it; `{…:int}` alone is a number."""
    if isinstance(template, str):
        if number := re.fullmatch(r"\{(\w+):int\}", template):
            return int(str(known[number[1]]))
        return re.sub(r"\{(\w+)\}", lambda m: str(known.get(m[1], m[0])), template)
    if isinstance(template, list):
        return [filled(each, known) for each in template]
    if isinstance(template, dict):
        return {str(filled(k, known)): filled(each, known) for k, each in template.items()}
    return template


def agree(told: object, expected: object, known: dict[str, object], where: str) -> None:
    """Whether an answer is as it should be, key for key; what has a name is kept."""
    if isinstance(expected, str) and re.fullmatch(r"<\w+>", expected):
        kind = expected.strip("<>")
        if kind == "time":
            assert isinstance(told, str), where
            assert datetime.fromisoformat(told).tzinfo is None, where
        number = kind == "int" or kind.endswith("_id")
        assert isinstance(told, int if number else str), where
        known[kind] = told
        return
    assert type(told) is type(expected), where
    if isinstance(expected, dict):
        assert isinstance(told, dict)
        assert told.keys() == expected.keys(), where
        for key, each in expected.items():
            agree(told[key], each, known, f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(told, list)
        assert len(told) == len(expected), where
        for one, other in zip(told, expected, strict=True):
            agree(one, other, known, f"{where}[]")
    else:
        assert told == expected, where


class Story:
    """Exchanges, one after the other, and what happens between them.

    Args:
        other: a librarian that knows us as `here`; files go to it when it is told to take part.
    """

    def __init__(self, library: Library, other: RunningLibrarian) -> None:
        self.library, self.other = library, other
        self.folder = library.name("")
        self.peer = other.book.name
        host, _, port = library.house.url.rpartition(":")
        peer_host, _, peer_port = other.url.rpartition(":")
        self.known: Known = {
            "name": f"{self.folder}/golden.dat",
            "user": f"golden-{self.folder}",
            "peer": self.peer,
            "host": host,
            "port": port,
            "peer_host": peer_host,
            "peer_port": peer_port,
            "password": PASSWORD,
            "checksum": xxh3(DATA),
        }
        self.before: dict[str, Callable[[], None]] = {
            "copy": self._copy,
            "send": self._send,
            "damage": self._damage,
        }

    def take(self, exchange: dict) -> None:
        """One exchange, with what comes before it."""
        assert exchange["line"], exchange["name"]
        if "then" in exchange:
            self.before[exchange["then"]]()
        if exchange.get("wait"):
            until(lambda: self._good(exchange), 20)
        self._exchange(exchange)

    def _good(self, exchange: dict) -> bool:
        with suppress(AssertionError):
            self._exchange(exchange)
            return True
        return False

    def _exchange(self, exchange: dict) -> None:
        name, known = exchange["name"], self.known
        asked, expected = exchange["request"], exchange["answer"]
        body, by = filled(asked["body"], known), str(filled(asked["by"], known))
        answer = httpx.post(
            f"{self.library.house.url}/api/v2/{asked['path']}",
            content=None if body is None else str(body).encode(),
            headers={"Content-Type": "application/json"},
            auth=(by, self.library.passwords.get(by, PASSWORD)),
            timeout=60,
        )
        assert answer.status_code == expected["status"], (name, answer.text)
        for key, value in expected["headers"].items():
            assert answer.headers[key] == value, name
        if expected["body"] is None:
            assert answer.content == b"", name
        else:
            agree(answer.json(), filled(expected["body"], known), known, name)

    def _copy(self) -> None:
        """As a client, or a mover, does it between two calls."""
        Path(str(self.known["staging_location"])).write_bytes(DATA)

    def _send(self) -> None:
        """A rule takes the file to the other librarian, which takes it in and says nothing."""
        words = ("--space", "library", "--to", f"{self.peer}:library", "--owner", "root")
        house, book = self.library.house, self.other.book
        folders = ("--prefix", self.folder, "--target-prefix", self.folder)
        house.command("rule", "add", self.folder, *words, *folders)
        assert until(lambda: any(e.status == STAGED for e in book.incoming.values()), 60)
        book.recieve(None)
        (come,) = book.incoming.values()
        assert come.status == COMPLETED
        self.known |= {"source_id": come.number_there, "there_id": come.id}

    def _damage(self) -> None:
        """Its copy is gone there, and it knows that."""
        book = self.other.book
        book.files.pop(str(self.known["name"])).path.unlink()


@pytest.mark.parametrize("story", ["client_e5dbd79", "librarians_e5dbd79", "peers_e5dbd79"])
def test_the_story_of_the_old_client(library, story, tmp_path_factory):
    # Beside our own files: what partners name as theirs has to be where this house may write.
    root = Path(tmp_path_factory.mktemp("other"))
    if story.startswith("librarians"):
        told = library.post("admin/librarians/list", {"ping": False}, by="root").json()
        assert not told["librarians"], "another story has left one"
    book = Librarian(root, f"peer-{library.name('')}", {"here": PASSWORD}, library.hostnames)
    with RunningLibrarian(book) as other:
        told = Story(library, other)
        for exchange in json.loads((GOLDEN / f"{story}.json").read_text())["exchanges"]:
            told.take(exchange)


def test_no_refusal_has_a_detail_that_is_no_text(library):
    """The client reads `detail` as JSON text: a list or an object kills it (1.1)."""
    for path in ("upload/stage", "search/file", "users/get", "error/clear", "nowhere"):
        answer = library.post(path, {"max_results": [], "id": "x", "upload_size": {}}, by="root")
        assert not answer.is_success
        assert isinstance(answer.json().get("detail", ""), str), path
