"""Names that are long, deep, or look like others."""

import socket
import unicodedata
from contextlib import suppress
from urllib.parse import quote

import pytest

LOOK_ALIKES = (
    *("paypal", "p\u0430ypal", "\uff50aypal", "pay\u0440\u0430l", "PAYPAL", "paypal\u200b"),
)
"""Latin, Cyrillic a, a wide p, Cyrillic two, capitals, and a space that nobody sees."""


def test_a_path_of_more_than_4096_bytes(lab):
    """More than the kernel opens at once; each name is opened in its folder. It is never led."""
    top, names = lab.name(), [f"{n:02}" + "ä" * 124 for n in range(17)]
    assert len("/".join(names).encode()) > 4_096
    data = bytes(range(256)) * 8_192
    with lab.client(follow_redirects=True) as http:
        here = f"/dav/lab/{top}"
        assert http.request("MKCOL", here).status_code == 201
        for name in names:
            here += f"/{quote(name)}"
            assert http.request("MKCOL", here).status_code == 201, len(here)
        assert http.put(f"{here}/file", content=data).status_code == 201
        got = http.get(f"{here}/file", headers={"Prefer": "redirect"})
        assert (got.status_code, got.content == data, got.history) == (200, True, [])
        assert http.request("PROPFIND", here, headers={"Depth": "1"}).status_code == 207
        moved = {"Destination": f"{lab.house.url}{here}/moved"}
        assert http.request("MOVE", f"{here}/file", headers=moved).status_code == 201
        assert http.get(f"{here}/moved").content == data
        assert http.delete(f"/dav/lab/{top}").status_code == 204


@pytest.mark.parametrize("length", [256, 4_096, 20_000])
def test_a_name_that_is_too_long_is_refused_in_words(lab, length):
    with lab.client() as http:
        refused = http.put(f"/dav/lab/{'x' * length}", content=b"x")
        assert (refused.status_code, refused.json()["code"]) == (400, "malformed")
        assert "255" in refused.json()["title"]
        assert len(refused.content) < 2_000, "it is not repeated at length"


def test_a_head_that_is_too_long_is_refused(lab):
    """Before anything of ours sees it."""
    with socket.create_connection(("127.0.0.1", lab.house.port), timeout=20) as line:
        with suppress(OSError):  # it does not read to the end
            line.sendall(b"GET /dav/lab/" + b"x" * 2_000_000)
        with suppress(ConnectionResetError):
            assert line.recv(20) in {b"", b"HTTP/1.1 414 URI Too", b"HTTP/1.1 431 Request"}
    with lab.client() as http:
        assert http.get("/api/v1/health").is_success


def test_names_that_look_alike_are_files_of_their_own(lab):
    """Nobody's file is taken for another's; what is the same in Unicode is the same file."""
    folder = lab.name()
    with lab.client() as http:
        http.request("MKCOL", f"/dav/lab/{folder}")
        for n, name in enumerate(LOOK_ALIKES):
            assert http.put(f"/dav/lab/{folder}/{quote(name)}", content=b"%d" % n).is_success
        for n, name in enumerate(LOOK_ALIKES):
            assert http.get(f"/dav/lab/{folder}/{quote(name)}").content == b"%d" % n
        for form in ("NFC", "NFD"):
            name = quote(unicodedata.normalize(form, "Ångström"))
            assert http.put(f"/dav/lab/{folder}/{name}", content=form.encode()).is_success
        assert len(list((lab.root / "lab" / folder).iterdir())) == len(LOOK_ALIKES) + 1


@pytest.mark.parametrize(
    "name", ["exe\u202etxt.fits", "a\u2066b", "a\u2028b", "a\x7fb", "a\ufffdb"]
)
def test_names_that_turn_text_around_are_refused(lab, name):
    with lab.client() as http:
        assert http.put(f"/dav/lab/{quote(name)}", content=b"x").status_code == 400


@pytest.mark.parametrize(
    "path",
    ["%2e%2e/x", "a/%2e%2e/%2e%2e/x", "%2e%2e%2fx", "..%2f..%2fetc%2fpasswd", "a%00b", "%c0%ae/x",
     ".waystation/parts/x", "a/..\\..\\x%00"],
)  # fmt: skip
def test_ways_out_of_a_space(lab, path):
    outside = {each.name for each in lab.root.iterdir()}
    with lab.client() as http:
        assert http.put(f"/dav/lab/{path}", content=b"x").status_code in {400, 404, 409}
        assert http.get(f"/dav/lab/{path}").status_code in {400, 404}
    assert {each.name for each in lab.root.iterdir()} == outside
