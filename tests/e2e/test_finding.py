"""Search by name, in the browser."""

import os

import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE, at, row
from e2e.test_files import HOSTILE
from e2e.test_pages import AXE, RULES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_file_is_found_from_its_folder_and_from_anywhere(look, files, scripts):
    name = f"needle-{'s' if scripts else 'p'}-in.hay"
    folder = files.folder(**{name: b"1", "other.dat": b"2"})
    page = look.open(at(folder), java_script_enabled=scripts)
    page.get_by_label(f"Part of a name in {SPACE}").fill(name[2:10])
    page.get_by_role("button", name="Find").click()
    expect(row(page, name)).to_contain_text(f"{SPACE}:/{folder}")
    page.get_by_role("link", name="In all your spaces").click()
    expect(row(page, name)).to_be_visible()
    page.get_by_label("Search files and requests").fill(f"{name[:9]}*")
    page.keyboard.press("Enter")
    row(page, name).get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_hostile_names_are_found_and_run_nothing(look, files):
    folder = files.folder()
    files.put({f"{folder}/{HOSTILE}": b"x"})
    page = look.open("/find")
    page.locator("main").get_by_role("searchbox").fill("onerror")
    page.keyboard.press("Enter")
    expect(row(page, HOSTILE).first).to_be_visible()
    assert "owned" not in page.title()
    page.goto("/find?q=<script>document.title='owned'</script>")
    assert page.title().startswith("<script>")


def test_nothing_stands_in_anybodys_way(look, files, scheme):
    files.folder(**{f"long-name-of-an-observation-{n}.fits": b"1" * n for n in range(3)})
    page = look.open("/find?q=observation", color_scheme=scheme)
    expect(page.get_by_role("row")).not_to_have_count(0)
    seen(page, f"found-{scheme}")
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
    small = look.open("/find?q=observation", color_scheme=scheme, width=390)
    assert small.evaluate("document.documentElement.scrollWidth") <= 390
    seen(small, f"found-small-{scheme}")
    few = look.open("/find?q=ab", color_scheme=scheme)
    expect(few.get_by_role("alert")).to_contain_text("3 letters")


def seen(page, name: str) -> None:
    """A picture for whoever wants to look at it."""
    if where := os.environ.get("SHOTS"):
        page.screenshot(path=f"{where}/{name}.png", full_page=True)
