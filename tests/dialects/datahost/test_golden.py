"""Recorded conversations, sent byte for byte over the grid port with a grid proxy.

`<trace>` is the id of the call.
"""

import json
import re
import socket
import ssl
from http.client import HTTPResponse
from pathlib import Path

import pytest

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("talk", GOLDEN, ids=lambda file: file.stem)
def test_conversation(host, talk):
    shown = host.proxy().pem
    context = ssl.create_default_context(capath=host.authority.directory)
    context.load_cert_chain(shown)
    told = json.loads(talk.read_text())
    assert told["source"]
    for exchange in told["exchanges"]:
        expected = exchange["answer"]
        with (
            socket.create_connection(("localhost", host.grid_port), timeout=30) as line,
            context.wrap_socket(line, server_hostname="localhost") as secure,
        ):
            secure.sendall(exchange["request"].encode())
            answer = HTTPResponse(secure)
            answer.begin()
            body = answer.read().decode()
        assert answer.status == expected["status"], body
        form = re.escape(expected["body"]).replace("<trace>", "[0-9a-f]{16}")
        assert re.fullmatch(form, body), body
        for name, value in expected["headers"].items():
            assert answer.headers[name] == value
