"""Files in the browser: seen, put, got, renamed, deleted, brought back; by anybody, of anybody."""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE, at, choose, of, row
from e2e.test_pages import AXE, RULES
from running import until

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=document.title='owned'>\"'&amp;{{x}}"
SCRIPT = "<script>document.title = 'owned'; parent.document.title = 'owned'</script>"


@pytest.mark.parametrize("place", ["spaces", "folder", "empty", "trash"])
def test_nothing_stands_in_anybodys_way(look, files, scheme, place):
    full = files.folder(a=b"1", b=b"22") if place == "folder" else ""
    path = {
        "spaces": "/files/",
        "folder": at(full),
        "empty": at(files.folder()),
        "trash": f"/spaces/{SPACE}/trash",
    }[place]
    page = look.open(path, color_scheme=scheme)
    if place == "folder":
        choose(page, of("a", b"taken"), of("new", b"new"))
        expect(page.locator("[data-upload=failed]")).to_be_visible()
        page.get_by_label("Tick b").check()
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("place", ["/files/", at(), f"/spaces/{SPACE}/trash"])
def test_pages_fit_a_small_telephone(look, files, place):
    files.folder()
    page = look.open(place, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_spaces_say_how_full_they_are(look, files):
    files.folder(a=b"x" * 1000)
    page = look.open("/")
    page.get_by_role("link", name="Files", exact=True).click()
    card = page.get_by_role("listitem").filter(has_text="Survey of the sky")
    expect(card).to_contain_text(re.compile(r"of [12]\.00 GB"))  # another test gives it more
    expect(card).to_contain_text("owns")
    card.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/files/{SPACE}/$"))


def test_what_can_be_done_with_a_file(look, files):
    data = os.urandom(50_000)
    folder = files.folder(**{"raw.dat": data})
    page = look.open(at(folder))
    page.get_by_text("New folder").click()
    page.get_by_label("Name of the folder").fill("inside")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("status").first).to_contain_text("inside is made")
    expect(row(page, "raw.dat")).to_contain_text(hashlib.sha256(data).hexdigest()[:8])
    with page.expect_download() as download:
        page.get_by_role("link", name="Download raw.dat").click()
    assert Path(download.value.path()).read_bytes() == data
    row(page, "raw.dat").locator("summary").click()
    row(page, "raw.dat").get_by_label("New name").fill(f"/{folder}/inside/better.dat")
    row(page, "raw.dat").get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="inside", exact=True).click()
    expect(row(page, "better.dat")).to_be_visible()
    page.get_by_label("Tick better.dat").check()
    page.get_by_role("button", name="Delete 1 thing").click()
    expect(row(page, "better.dat")).to_have_count(0)
    assert not files.disk(f"{folder}/inside/better.dat").exists()
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "better.dat")).to_be_visible()
    assert files.disk(f"{folder}/inside/better.dat").read_bytes() == data


def test_the_trash_gives_back_beside_what_took_the_name(look, files):
    folder = files.folder(**{"a.dat": b"old"})
    page = look.open(at(folder))
    page.get_by_label("Tick all").check()
    page.get_by_role("button", name="Delete 1 thing").click()
    files.put({f"{folder}/a.dat": b"new"})
    page.goto(f"/spaces/{SPACE}/trash")
    deleted = page.get_by_role("row").filter(has_text=f"{folder}/a.dat")
    deleted.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("status").first).to_contain_text("a (back 2).dat is back")
    assert files.disk(f"{folder}/a (back 2).dat").read_bytes() == b"old"
    assert files.disk(f"{folder}/a.dat").read_bytes() == b"new"


def test_all_of_it_works_without_javascript(look, files):
    folder = files.folder(**{"a.dat": b"old"})
    page = look.open(at(folder), java_script_enabled=False)
    data = b"\r\n--boundary\r\n" + os.urandom(400_000)
    for name in ("b.dat", "a.dat"):
        page.locator("input[name=file]").set_input_files([of(name, data)])
        page.get_by_role("button", name="Upload it").click()
    expect(page.get_by_role("alert")).to_contain_text("of that name already")
    assert files.disk(f"{folder}/b.dat").read_bytes() == data
    page.get_by_label("replace").check()
    page.locator("input[name=file]").set_input_files([of("a.dat", b"")])
    page.get_by_role("button", name="Upload it").click()
    expect(page.get_by_role("status").first).to_have_text("a.dat is stored.")
    assert files.disk(f"{folder}/a.dat").read_bytes() == b""
    page.get_by_label("Tick b.dat").check()
    page.get_by_role("button", name="Delete").click()
    expect(row(page, "b.dat")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "b.dat")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download b.dat").click()
    assert Path(download.value.path()).read_bytes() == data


def test_names_and_contents_of_others_run_nothing(look, files):
    folder = files.folder()
    inner = f"{folder}/{HOSTILE}"
    with files.dav() as http:
        assert http.request("MKCOL", f"/{quote(inner)}").status_code == 201
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'.encode()
    hostile = {"x.html": SCRIPT.encode(), "x.svg": svg, HOSTILE: b"x", "javascript:alert(1)": b"x"}
    files.put({f"{inner}/{name}": data for name, data in hostile.items()})
    page = look.open(at(folder))
    page.get_by_role("link", name=HOSTILE, exact=True).click()
    for name in hostile:
        expect(row(page, name)).to_have_count(1)
    page.get_by_label(f"Tick {HOSTILE}").check()
    page.get_by_role("button", name="Delete 1 thing").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    choose(page, of(HOSTILE, b"again"))
    expect(page.locator("[data-upload=done]")).to_have_count(1)
    page.goto(f"/spaces/{SPACE}/trash")
    page.goto(
        f"{at(folder)}?stored={quote(SCRIPT)}&problem={quote(SCRIPT)}&after=1{quote(SCRIPT)}"
    )
    assert "owned" not in page.title()
    for name in ("x.html", "x.svg"):
        # As somebody would be led to it: by its address, and inside a page of ours.
        address = f"/dav/{SPACE}/{quote(inner)}/{name}"
        told = page.request.get(address).headers
        assert told["content-disposition"].startswith("attachment")
        assert "sandbox" in told["content-security-policy"]
        page.goto("/files/")
        page.evaluate(
            """address => new Promise(done => { const frame = document.createElement("iframe");
              frame.src = address; document.body.append(frame); setTimeout(done, 500); })""",
            address,
        )
        assert "owned" not in page.title()
    look.complaints.clear()  # the browser says that it refused to frame them


def test_hands_can_stay_on_the_keyboard(look, files):
    folder = files.folder(**{"a.dat": b"1", "b.dat": b"2"})
    page = look.open("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("spaces")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/files/$"))
    page.goto(at(folder))
    page.locator("main").focus()

    def tab_to(name: str) -> None:
        at_hand = "document.activeElement"
        seen = f"{at_hand}.getAttribute('aria-label') || {at_hand}.textContent"
        assert until(
            lambda: page.keyboard.press("Tab") or name in page.evaluate(seen), 20, every=0
        )

    tab_to("New folder")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("typed")
    page.keyboard.press("Enter")
    expect(row(page, "typed")).to_be_visible()
    page.locator("main").focus()
    tab_to("Tick a.dat")
    page.keyboard.press("Space")
    tab_to("Delete 1 thing")
    page.keyboard.press("Enter")
    expect(row(page, "a.dat")).to_have_count(0)
    page.locator("main").focus()
    tab_to("Undo")
    page.keyboard.press("Enter")
    expect(row(page, "a.dat")).to_be_visible()


def test_a_large_folder_comes_by_pages(look, files):
    folder = files.folder(**{f"{n:04d}": b"x" for n in range(205)})
    page = look.open(at(folder))
    expect(page.locator(".listing tbody tr")).to_have_count(200)
    page.get_by_role("link", name="Next 200 files").click()
    expect(page.locator(".listing tbody tr")).to_have_count(5)
    page.get_by_role("link", name="First page").click()
    expect(page.locator(".listing tbody tr")).to_have_count(200)
