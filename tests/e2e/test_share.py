"""Links in the browser: made by who manages a space, used by a colleague without an account."""

import os
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE, at, of, row
from e2e.test_files import HOSTILE
from e2e.test_pages import AXE, RULES
from e2e.test_previews import SVG

pytestmark = pytest.mark.browser
SHARED = f"/spaces/{SPACE}/links"


def link(files, path: str, **wish: object) -> str:
    """A link by the API; its path on the server."""
    with files.house.client() as http:
        answer = http.post(f"/spaces/{SPACE}/shares", json={"path": path, **wish})
    assert answer.is_success, answer.text
    return str(answer.json()["url"]).removeprefix(files.house.url)


def complaints_of_axe(page) -> list[object]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]]


@pytest.mark.parametrize("place", ["file", "folder", "empty", "drop", "gate", "links", "jobs"])
def test_nothing_stands_in_anybodys_way(look, files, scheme, place):
    folder = files.folder(**{"a.fits": b"1" * 4000, "notes.txt": b"22"})
    path = {
        "file": lambda: link(files, f"{folder}/a.fits", label="One night", downloads=3),
        "folder": lambda: link(files, folder, label="All of run 7"),
        "empty": lambda: link(files, files.folder()),
        "drop": lambda: link(files, folder, drop_box=True, label="Your results"),
        "gate": lambda: link(files, folder, password="correct horse"),
        "links": lambda: f"{SHARED}?path={folder}",
        "jobs": lambda: f"/tokens/jobs?space={SPACE}&path={folder}",
    }[place]()
    page = look.open(path, color_scheme=scheme, signed_in=place in {"links", "jobs"})
    if place == "drop":
        page.locator("input[name=file]").set_input_files([of("a.fits", b"theirs")])
        expect(page.get_by_text("arrived as a (2).fits", exact=True)).to_be_visible()
    assert complaints_of_axe(page) == []
    _pictured(page, f"{place}-{scheme}")


@pytest.mark.parametrize("place", ["file", "folder", "drop", "gate", "links", "jobs"])
def test_pages_fit_a_small_telephone(look, files, place):
    folder = files.folder(**{"a-rather-long-name-without-any-blank-in-it-2026.fits": b"1"})
    (name,) = [path.name for path in files.disk(folder).iterdir()]
    path = {
        "file": lambda: link(files, f"{folder}/{name}"),
        "folder": lambda: link(files, folder),
        "drop": lambda: link(files, folder, drop_box=True),
        "gate": lambda: link(files, folder, password="correct horse"),
        "links": lambda: f"{SHARED}?path={folder}",
        "jobs": lambda: f"/tokens/jobs?space={SPACE}&path={folder}",
    }[place]()
    page = look.open(path, width=390, signed_in=place in {"links", "jobs"})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    _pictured(page, f"{place}-narrow")


def test_a_folder_is_shared_with_a_colleague_without_an_account(look, files):
    data = os.urandom(40_000)
    folder = files.folder(**{"run.dat": data})
    mine = look.open(at(folder))
    mine.get_by_role("link", name="Share", exact=True).click()
    expect(mine.get_by_role("heading", level=1)).to_contain_text(folder)
    mine.get_by_label("What for").fill("Run 7 for Eve")
    mine.get_by_label("Password").fill("correct horse")
    mine.get_by_role("button", name="Make the link").click()
    address = mine.locator("#made").inner_text()
    assert f"curl -f -u guest -OJ {address}/files/FILE" in mine.content()

    theirs = look.open(address.removeprefix(files.house.url), signed_in=False)
    expect(theirs.get_by_text("Run 7 for Eve")).to_have_count(0)
    theirs.get_by_label("Password").fill("wrong horse")
    theirs.get_by_role("button", name="Open").click()
    expect(theirs.get_by_role("alert")).to_contain_text("wrong")
    theirs.get_by_label("Password").fill("correct horse")
    theirs.get_by_role("button", name="Open").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Run 7 for Eve")
    with theirs.expect_download() as download:
        theirs.get_by_role("link", name="run.dat").click()
    assert Path(download.value.path()).read_bytes() == data

    mine.goto(SHARED)
    line = mine.get_by_role("listitem").filter(has_text="Run 7 for Eve")
    expect(line).to_contain_text("1 use")
    line.locator("summary").click()
    line.get_by_role("button", name="Revoke it").click()
    expect(mine.get_by_role("status").first).to_contain_text("revoked")
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_contain_text("not good")
    look.complaints.clear()  # the browser says so of 403 and 404


def test_files_are_dropped_into_a_box(look, files):
    folder = files.folder(mine=b"mine")
    page = look.open(link(files, folder, drop_box=True, label="Homework"), signed_in=False)
    data = os.urandom(200_000)
    page.locator("input[name=file]").set_input_files([of("mine", b"1"), of(HOSTILE, data)])
    expect(page.locator("[data-box-state=done]")).to_have_count(2)
    expect(page.get_by_text("arrived as mine (2)", exact=True)).to_be_visible()
    assert files.disk(f"{folder}/{HOSTILE}").read_bytes() == data
    assert files.disk(f"{folder}/mine").read_bytes() == b"mine"
    assert "owned" not in page.title()


def test_a_box_works_without_javascript(look, files):
    folder = files.folder()
    page = look.open(
        link(files, folder, drop_box=True, password="correct horse"),
        signed_in=False,
        java_script_enabled=False,
    )
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Open").click()
    page.locator("input[name=file]").set_input_files([of("a", b"1"), of("b", b"22")])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").first).to_contain_text("2 files arrived")
    assert files.disk(f"{folder}/b").read_bytes() == b"22"


def test_names_and_labels_of_others_run_nothing(look, files):
    folder = files.folder(plain=b"1")
    inner = f"{folder}/{HOSTILE}"
    with files.house.client() as http, files.dav() as dav:
        assert dav.request("MKCOL", f"/{quote(inner)}").status_code == 201
        files.put({f"{inner}/{HOSTILE}": b"<script>document.title='owned'</script>"})
        made = http.post(f"/spaces/{SPACE}/shares", json={"path": inner, "label": HOSTILE})
    url = made.json()["url"].removeprefix(files.house.url)
    page = look.open(url, signed_in=False)
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(row(page, HOSTILE)).to_have_count(1)
    page.goto(f"{url}?after=1{HOSTILE}&problem={HOSTILE}&stored={HOSTILE}")
    told = httpx.get(f"{files.house.url}{url}/files/{quote(HOSTILE)}").headers
    assert told["content-disposition"].startswith("attachment")
    assert "sandbox" in told["content-security-policy"]
    box = link(files, inner, drop_box=True, label=HOSTILE)
    page.goto(box)
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    mine = look.open(f"{SHARED}?path={quote(inner)}")
    expect(mine.get_by_role("heading", level=1)).to_contain_text(HOSTILE)
    assert "owned" not in {page.title(), mine.title()}


def test_a_shared_file_is_seen_and_tells_nothing_of_where_it_is(look, files):
    folder = files.folder(**{"run.txt": b"<b>seven</b>", "sky.svg": SVG.encode()})
    text = look.open(link(files, f"{folder}/run.txt"), signed_in=False)
    expect(text.locator("pre.text")).to_have_text("<b>seven</b>")
    address = link(files, f"{folder}/sky.svg", password="correct horse")
    page = look.open(address, signed_in=False)
    expect(page.locator("img")).to_have_count(0)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Open").click()
    picture = page.get_by_role("img", name="Preview of sky.svg")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    source = picture.get_attribute("src")
    assert folder not in page.content()
    assert "owned" not in page.title()
    assert complaints_of_axe(page) == []
    _pictured(page, "sight")
    signed = f"{files.house.url}{source}"
    assert httpx.get(signed.replace(address.rpartition("/")[2], "x" * 20)).status_code == 401
    assert httpx.get(signed.partition("?")[0]).status_code == 401
    few = look.open(link(files, f"{folder}/run.txt", downloads=3), signed_in=False)
    expect(few.locator("pre.text")).to_have_count(0)
    with files.house.client() as http:
        newest = http.get(f"/spaces/{SPACE}/shares", params={"limit": 3}).json()["shares"]
        for each in newest:
            http.delete(f"/spaces/{SPACE}/shares/{each['id']}")
    assert httpx.get(signed).status_code == 404, "it ends with its link"


@pytest.mark.parametrize("way_there", ["menu", "page"])
def test_a_download_link_for_an_hour(look, files, way_there):
    folder = files.folder(**{"a.dat": b"data"})
    page = look.open(at(folder))
    row(page, "a.dat").locator("summary").click()
    if way_there == "page":
        row(page, "a.dat").get_by_role("link", name=re.compile("Share")).click()
        page.get_by_role("button", name="1 hour").click()
    else:
        row(page, "a.dat").get_by_role("button", name="1 hour").click()
    address = page.locator("#signed").inner_text()
    assert httpx.get(address).content == b"data"
    assert complaints_of_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    _pictured(page, f"signed-{way_there}")


def test_a_token_for_a_job_is_made_and_revoked(look, files):
    folder = files.folder(**{"in.dat": b"input", "other": b"other"})
    page = look.open(f"/tokens/jobs?space={SPACE}&path={folder}/in.dat")
    page.get_by_label("Name", exact=False).first.fill(f"job of {folder}")
    page.get_by_role("button", name="Make token").click()
    held = {"Authorization": f"Bearer {page.locator('#secret').inner_text()}"}
    base = f"{files.house.url}/dav/{SPACE}/{quote(folder)}"
    assert httpx.get(f"{base}/in.dat", headers=held).content == b"input"
    assert httpx.get(f"{base}/other", headers=held).status_code == 403
    page.goto("/tokens/jobs")
    line = page.get_by_role("listitem").filter(has_text=f"job of {folder}")
    expect(line).to_contain_text("last used")
    _pictured(page, "jobs-made")
    line.locator("summary").click()
    line.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("status").first).to_contain_text("revoked")
    assert httpx.get(f"{base}/in.dat", headers=held).status_code == 401


def _pictured(page, name: str) -> None:
    """Where the environment names a folder: pictures, for whoever looks at the design."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/share-{name}.png", full_page=True)
