"""What is inside files, seen in the browser; and nothing of it ever runs, or knows who looks."""

import os
import re
import struct
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Error, Request, expect

from e2e.conftest import Visits, sign_in
from e2e.spaces import SPACE, Files, at, node_with_a_space, row
from e2e.test_pages import AXE, RULES

pytestmark = pytest.mark.browser
OWNED = (
    "document.title='owned';try{top.document.title='owned'}catch(e){}top.postMessage('owned','*')"
)
SVG = f"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="320"
  height="200" viewBox="0 0 320 200" onload="{OWNED}"><script>{OWNED}</script>
<rect width="320" height="200" fill="#2746c4"/><circle cx="160" cy="100" r="60" fill="#f0a81c"/>
<image href="http://127.0.0.1:9/beacon.png" width="5" height="5" onerror="{OWNED}"/>
<foreignObject width="90" height="60"><iframe xmlns="http://www.w3.org/1999/xhtml"
  srcdoc="&lt;script&gt;{OWNED}&lt;/script&gt;"/><img xmlns="http://www.w3.org/1999/xhtml" src="x"
  onerror="{OWNED}"/></foreignObject>
<set attributeName="onmouseover" to="{OWNED}"/><a xlink:href="javascript:{OWNED}">x</a></svg>"""
HTML = f"<!doctype html><title>x</title><script>{OWNED}</script><img src=x onerror={OWNED!r}>"
# A picture for who believes its first bytes, a script for who believes a page.
POLYGLOT = f"GIF89a=1;{OWNED};/*".encode() + bytes(40) + b"*/"
FITS = b"".join(
    f"{line:<80}".encode()
    for line in (
        "SIMPLE  =                    T / conforms to FITS standard",
        "BITPIX  =                  -32 / array data type",
        "NAXIS   =                    2 / number of array dimensions",
        "NAXIS1  =                   64",
        "NAXIS2  =                   64",
        "OBJECT  = 'M31     '           / <script>document.title='owned'</script>",
        "DATE-OBS= '2026-11-02T03:04:05' / start of the exposure",
        "END",
    )
).ljust(2880) + bytes(17_280)


@pytest.fixture(scope="module")
def apart(tmp_path_factory, browser) -> Iterator[Files]:
    """A node whose pictures come from another origin."""
    root = tmp_path_factory.mktemp("apart")
    other = {"WAYSTATION_WEB__CONTENT_URL": "http://localhost:{port}"}
    with node_with_a_space(root, **other) as house, tempfile.TemporaryDirectory() as kept:
        context = browser.new_context(base_url=house.url)
        page = context.new_page()
        sign_in(page, house)
        expect(page.get_by_role("heading", name="Under way")).to_be_visible()
        state = str(Path(kept) / "state.json")
        context.storage_state(path=state)
        context.close()
        yield Files(house, root, state, count())


class Elsewhere:
    """A server of somebody else on this machine, with one page."""

    page = ""

    def __init__(self) -> None:
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(ours.page.encode())

            def log_message(self, *words: object) -> None:
                del words

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    made = Elsewhere()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture(params=["here", "apart"])
def node(request, files) -> Files:
    """A node without, and one with, another origin for pictures."""
    return files if request.param == "here" else request.getfixturevalue("apart")


@pytest.fixture
def see(node, browser) -> Iterator[Visits]:
    """Open pages of that node; at the end no script may have stumbled."""
    visits = Visits(browser, node.house, node.state)
    yield visits
    visits.close()


def page_of(folder: str, name: str) -> str:
    return f"{at(folder)}{quote(name)}"


def pictured(page) -> str:
    """The address of the picture that the page shows; it was seen."""
    picture = page.locator(".picture img")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('.picture img').complete")
    assert picture.evaluate("image => image.naturalWidth") > 0
    return str(picture.evaluate("image => image.src"))


def png() -> bytes:
    """A small picture, made by nobody but this machine."""

    def part(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = b"".join(b"\0" + bytes([(x * y) % 256 for x in range(96)]) for y in range(64))
    head = struct.pack(">IIBBBBB", 96, 64, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(rows))
        + part(b"IEND", b"")
    )


def test_a_hostile_picture_is_seen_and_runs_nothing(see, node):
    folder = node.folder(**{"x.svg": SVG.encode()})
    page = see.open(at(folder))
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)  # a method of a list is nothing that Playwright takes

    page.on("request", note)
    row(page, "x.svg").get_by_role("link", name="x.svg", exact=True).click()
    address = pictured(page)
    assert page.title().startswith("x.svg")
    assert not [each.url for each in asked if "beacon" in each.url]
    (picture,) = [each for each in asked if each.url == address]
    there = urlsplit(address)
    apart = there.netloc != urlsplit(node.house.url).netloc
    assert apart == (there.hostname == "localhost")
    if apart:
        assert "cookie" not in picture.all_headers()


@pytest.mark.parametrize("name", ["x.svg", "x.gif", "x.html"])
def test_its_address_is_no_page_and_no_script_for_anybody(see, node, name, elsewhere):
    content = {"x.svg": SVG.encode(), "x.gif": POLYGLOT, "x.html": HTML.encode()}
    folder = node.folder(**{name: content[name], "good.png": png()})
    page = see.open(page_of(folder, "good.png"))
    good = pictured(page)
    page.goto(page_of(folder, name))
    shown = page.locator(".picture img")
    address = str(shown.evaluate("image => image.src")) if shown.count() else good
    if name == "x.html":
        expect(page.locator(".text")).to_contain_text("<script>")
        # The signature is for another file.
        address = address.replace("good.png", name)
        assert httpx.get(address).status_code == 401
    # A page of somebody else, who came to know the address, tries all ways to have it run.
    frames = "".join(
        f"<{kind}></{kind.split()[0]}>"
        for kind in (
            f'iframe src="{address}"',
            f'object data="{address}"',
            f'object type="image/svg+xml" data="{address}"',
            f'embed src="{address}"',
            f'script src="{address}"',
        )
    )
    listen = "window.heard = []; addEventListener('message', m => heard.push(m.data))"
    elsewhere.page = f"""<!doctype html><title>mine</title><script>{listen}</script>{frames}
      <img src="{address}"><script>parent.postMessage('it listens', '*')</script>"""
    other = see.open(elsewhere.url)
    other.wait_for_load_state("networkidle")
    assert other.title() == "mine"
    assert other.evaluate("window.heard") == ["it listens"]
    with suppress(Error):  # that a download begins, where it is not refused at all
        other.goto(address)
    assert "owned" not in other.title()
    see.complaints.clear()  # the browser says what it refused


def test_what_is_sent_is_harmless_by_its_own_words(see, node):
    folder = node.folder(**{"a.png": png(), "a.txt": b"no picture"})
    page = see.open(page_of(folder, "a.png"))
    address = pictured(page)
    answer = httpx.get(address)
    told = answer.headers
    assert answer.content == png()
    assert told["content-type"] == "image/png"
    assert told["x-content-type-options"] == "nosniff"
    assert told["content-disposition"] == "attachment"
    assert "sandbox" in told["content-security-policy"]
    assert "default-src 'none'" in told["content-security-policy"]
    assert "no-store" in told["cache-control"]
    assert "set-cookie" not in told
    # Cookies open nothing here, nor does another file's signature.
    bare = address.partition("?")[0]
    assert page.request.get(bare).status == 401
    assert httpx.get(address.replace("a.png", "a.txt")).status_code == 401
    assert httpx.post(address).status_code == 405
    assert httpx.head(address).headers["content-length"] == str(len(png()))


def test_the_other_origin_has_nothing_else(apart):
    other = apart.house.url.replace("127.0.0.1", "localhost")
    signed = {"Authorization": f"Bearer {apart.house.token}"}
    for path in ("/", "/sign-in", "/static/web/css/base.css", "/api/v1/health", f"/dav/{SPACE}/"):
        answer = httpx.get(f"{other}{path}", headers=signed)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert "sandbox" in answer.headers["content-security-policy"]
    assert httpx.get(f"{apart.house.url}/preview/{SPACE}/x?signature=1").status_code == 404


def test_who_lost_the_role_loses_the_preview(files, look):
    folder = files.folder(**{"a.png": png()})
    page = look.open(page_of(folder, "a.png"))
    address = pictured(page)
    files.disk(f"{folder}/a.png").unlink()
    assert httpx.get(address).status_code == 404


def test_headers_of_fits_are_read(look, files, scheme):
    folder = files.folder(**{"m31.fits": FITS})
    page = look.open(page_of(folder, "m31.fits"), color_scheme=scheme)
    expect(page.get_by_text(re.compile(r"primary, 64 . 64, 32-bit floats"))).to_be_visible()
    expect(page.locator(".text").first).to_contain_text("DATE-OBS= '2026-11-02T03:04:05'")
    expect(page.locator(".text").first).to_contain_text("<script>")
    assert page.title().startswith("m31.fits")
    seen(page, f"fits-{scheme}")


@pytest.mark.parametrize("kind", ["picture", "text", "bytes", "empty"])
def test_nothing_stands_in_anybodys_way(look, files, scheme, kind):
    name, data = {
        "picture": ("field.svg", SVG.encode()),
        "text": ("notes.md", "# Größe\n\u202etxt.exe\n".encode() * 30),
        "bytes": ("raw.bin", bytes(range(256)) * 3),
        "empty": ("none", b""),
    }[kind]
    folder = files.folder(**{name: data})
    page = look.open(page_of(folder, name), color_scheme=scheme)
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
    seen(page, f"{kind}-{scheme}")


@pytest.mark.parametrize("kind", ["svg", "txt", "fits"])
def test_it_fits_a_small_telephone_and_needs_no_javascript(look, files, kind):
    data = {"svg": SVG.encode(), "txt": b"x" * 5000, "fits": FITS}[kind]
    name = f"a-rather-long-name-without-any-blank-in-it-2026-11-21.{kind}"
    folder = files.folder(**{name: data})
    page = look.open(page_of(folder, name), width=360, java_script_enabled=False)
    expect(page.get_by_role("link", name=re.compile("Download"))).to_be_visible()
    # Without scripts only a picture tells how wide the page is.
    plain = look.open(page_of(folder, name), width=360)
    assert plain.evaluate("document.documentElement.scrollWidth") <= 360
    seen(plain, f"{kind}-small")


def seen(page, name: str) -> None:
    """A picture for whoever wants to look at it."""
    if where := os.environ.get("SHOTS"):
        page.screenshot(path=f"{where}/preview-{name}.png", full_page=True)
