"""Recorded conversations, replayed byte for byte; each file names its source.

`<id>` is the request that was made last, `<now>` the moment it was made, `<later>` one after it,
`<token>` a good token, `<trace>` the id of the call.
"""

import json
import re
from pathlib import Path

import pytest

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_conversation(wire, file):
    talk = json.loads(file.read_text())
    assert talk["source"]
    wire.world.put("T1", *talk["on tape"])
    number, made_s = "", 0
    for exchange in talk["exchanges"]:
        asked, told = exchange["request"], exchange["answer"]
        made_s = made_s or int(wire.world.clock.now().timestamp())
        headers = {k: v.replace("<token>", wire.token) for k, v in asked["headers"].items()}
        path, body = asked["path"].replace("<id>", number), asked["body"].encode()
        answer = wire.call(asked["method"], path, body, headers=headers, token=None)
        text = answer.body.decode()
        if found := re.search(r'"requestId":"([^"]+)"', text):
            number, made_s = found[1], int(wire.world.clock.now().timestamp())
        assert answer.status == told["status"], text
        assert re.fullmatch(_form(told["body"], number, made_s), text), (told["body"], text)
        for name, value in told.get("headers", {}).items():
            assert answer.headers[name] == value.replace("<id>", number)
        if "then" in exchange:
            wire.world.turn()


def _form(body: str, number: str, made_s: int) -> str:
    """The expected body as a pattern: everything literal but moments and the call's own id."""
    text = re.escape(body.replace("<id>", number).replace("<now>", str(made_s)))
    return text.replace("<later>", str(made_s)[:6] + r"\d{4}").replace("<trace>", "[0-9a-f]{16}")
