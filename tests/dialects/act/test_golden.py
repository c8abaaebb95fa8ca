"""What aCT's own client sends, one call after the other."""

import json
import re
import uuid
from pathlib import Path

STORY = Path(__file__).parent / "golden" / "client_1.0.0.json"


def _filled(template, known):
    if isinstance(template, str):
        whole = re.fullmatch(r"\{(\w+)\}", template)
        if whole:
            return known[whole[1]]
        return re.sub(r"\{(id|name)\}", lambda m: str(known[m[1]]), template)
    if isinstance(template, list):
        return [_filled(each, known) for each in template]
    if isinstance(template, dict):
        return {key: _filled(each, known) for key, each in template.items()}
    return template


def _agree(told, expected, known):
    """Key for key; what has a name in the story is kept under it."""
    if isinstance(expected, str) and re.fullmatch(r"<\w+>", expected):
        assert isinstance(told, int if expected == "<id>" else str)
        known[expected.strip("<>")] = told
    elif isinstance(expected, list):
        assert len(told) == len(expected)
        for one, other in zip(told, expected, strict=True):
            _agree(one, other, known)
    elif isinstance(expected, dict):
        assert told.keys() == expected.keys()
        for key, each in expected.items():
            _agree(told[key], each, known)
    else:
        assert told == expected


def test_the_story_of_the_old_client(tower):
    known: dict[str, object] = {"name": f"golden-{uuid.uuid4().hex[:8]}"}
    for exchange in json.loads(STORY.read_text())["exchanges"]:
        if "wait" in exchange:
            tower.ended(known["id"], exchange["wait"])
        body = _filled(exchange["body"], known)
        data = body.encode() if body is not None else None
        answer = tower.call(
            exchange["verb"],
            _filled(exchange["path"], known),
            content=iter([data]) if exchange["chunked"] else data,
        )
        assert answer.status_code == exchange["status"], (exchange["call"], answer.text)
        expected = _filled(exchange["answer"], known)
        if isinstance(expected, str):
            assert answer.text == expected, exchange["call"]
        elif expected is not None:
            _agree(answer.json(), expected, known)
