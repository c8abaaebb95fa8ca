"""Files of a space that are on tape, in the browser: seen, asked for, there."""

import re

import pytest
from playwright.sync_api import expect

from e2e.spaces import TAPES, row
from e2e.test_pages import AXE, RULES
from running import until

pytestmark = pytest.mark.browser
COME_S = 60_000


def test_a_file_on_tape_comes_by_one_click(look, files, scheme):
    name = {"light": "obs 0000.fits", "dark": "obs 0001.fits"}[scheme]
    page = look.open(f"/files/{TAPES}/", color_scheme=scheme)
    line = row_of(page, name)
    expect(line).to_contain_text("on tape")
    expect(line.get_by_role("link", name=name)).to_have_count(0)
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
    line.get_by_role("button", name="Bring to disk").click()
    expect(page.get_by_text("One file is asked for")).to_be_visible()
    request = page.get_by_role("link", name=re.compile("follow request"))
    where = request.get_attribute("href")

    def there() -> bool:
        page.goto(f"/files/{TAPES}/")
        return "on disk and tape" in row_of(page, name).inner_text()

    assert until(there, COME_S / 1000)
    with page.expect_download() as came:
        row(page, name).get_by_role("link", name=f"Download {name}").click()
    source = files.house.source[str(files.house.site.cache / "run0" / name)]
    assert came.value.path().read_bytes() == source.read_bytes()
    page.goto(where)
    expect(page.get_by_text("complete").first).to_be_visible()


def test_ticked_files_come_without_javascript(look, files):
    page = look.open(f"/files/{TAPES}/", java_script_enabled=False)
    page.get_by_label("Tick obs 0002.fits").check()
    page.get_by_role("button", name="Bring to disk", exact=True).last.click()
    expect(page.get_by_text("One file is asked for")).to_be_visible()


def test_it_fits_a_small_telephone(look, files):
    page = look.open(f"/files/{TAPES}/", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def row_of(page, name):
    return page.get_by_role("row").filter(has_text=name)
