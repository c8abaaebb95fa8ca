"""What the old client sends, byte for byte, one call after the other; each names its line."""

import json
import re
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from dialects.librarian.conftest import xxh3

GOLDEN = Path(__file__).parent / "golden"
DATA = b"golden bytes"


def filled(template: object, known: dict[str, object]) -> object:
    """A template with what is known in it."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda m: str(known.get(m[1], m[0])), template)
    if isinstance(template, list):
        return [filled(each, known) for each in template]
    if isinstance(template, dict):
        return {key: filled(each, known) for key, each in template.items()}
    return template


def agree(told: object, expected: object, known: dict[str, object], where: str) -> None:
    """Whether an answer is as it should be, key for key; what has a name is kept."""
    if isinstance(expected, str) and re.fullmatch(r"<\w+>", expected):
        kind = expected.strip("<>")
        if kind == "time":
            assert isinstance(told, str), where
            assert datetime.fromisoformat(told).tzinfo is None, where
        number = kind in {"int", "transfer_id", "instance_id"}
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


@pytest.mark.parametrize("story", ["client_e5dbd79", "librarians_e5dbd79"])
def test_the_story_of_the_old_client(library, story):
    host, _, port = library.house.url.rpartition(":")
    known: dict[str, object] = {
        "name": f"golden/{library.name()}",
        "user": f"golden-{library.name('')}",
        "peer": f"peer-{library.name('')}",
        "host": host,
        "port": port,
        "checksum": xxh3(DATA),
    }
    for exchange in json.loads((GOLDEN / f"{story}.json").read_text())["exchanges"]:
        name = exchange["name"]
        assert exchange["line"], name
        asked, expected = exchange["request"], exchange["answer"]
        if exchange.get("then") == "copy":
            Path(str(known["staging_location"])).write_bytes(DATA)
        body = filled(asked["body"], known)
        answer = httpx.post(
            f"{library.house.url}/api/v2/{asked['path']}",
            content=None if body is None else str(body).encode(),
            headers={"Content-Type": "application/json"},
            auth=(asked["by"], library.passwords[asked["by"]]),
            timeout=60,
        )
        assert answer.status_code == expected["status"], (name, answer.text)
        for key, value in expected["headers"].items():
            assert answer.headers[key] == value, name
        if expected["body"] is None:
            assert answer.content == b"", name
        else:
            agree(answer.json(), filled(expected["body"], known), known, name)


def test_no_refusal_has_a_detail_that_is_no_text(library):
    """The client reads `detail` as JSON text: a list or an object kills it (1.1)."""
    for path in ("upload/stage", "search/file", "users/get", "error/clear", "nowhere"):
        answer = library.post(path, {"max_results": [], "id": "x", "upload_size": {}}, by="root")
        assert not answer.is_success
        assert isinstance(answer.json().get("detail", ""), str), path
