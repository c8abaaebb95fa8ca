"""Administration in the browser: accounts, groups, limits, messages, suspension, audit."""

import re

import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE
from e2e.test_pages import AXE, RULES

pytestmark = pytest.mark.browser
PAGES = ["", "/groups", "/spaces", "/sites", "/messages", "/audit"]
PASSWORD = "a long walk by the sea"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "accounts")
def test_nothing_stands_in_anybodys_way(look, files, scheme, path):
    page = look.open(f"/administration{path}", color_scheme=scheme)
    expect(page.get_by_role("navigation", name="Administration")).to_be_visible()
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "accounts")
def test_pages_fit_a_small_telephone(look, files, path):
    page = look.open(f"/administration{path}", width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def make_account(page) -> str:
    """The link that its owner gets."""
    page.get_by_text("New account").click()
    page.get_by_label("Account name").fill("zoe")
    page.get_by_label("Full name").fill("Zoë <b>Brown</b>")
    page.get_by_role("button", name="Make account").click()
    return page.locator("#link").inner_text()


def make_group(page) -> None:
    page.get_by_role("link", name="Groups").click()
    page.get_by_label("Name of a new group").fill("stars")
    page.get_by_role("button", name="Make group").click()
    page.get_by_label("Account for stars").fill("zoe")
    page.get_by_role("button", name="Do it in stars").click()
    expect(page.get_by_role("listitem").filter(has_text="stars")).to_contain_text("zoe")


def set_limit(page) -> None:
    page.get_by_role("link", name="Spaces", exact=True).click()
    row = page.get_by_role("row").filter(has_text=SPACE)
    row.locator("summary").click()
    row.get_by_label("Bytes at most").fill("2G")
    row.get_by_role("button", name="Set limits").click()
    expect(page.get_by_role("row").filter(has_text=SPACE)).to_contain_text("2.00 GB")


def tell(page) -> None:
    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_label("Text").fill("The stars are moved on Monday.")
    page.get_by_label(re.compile("^To ")).fill("@stars")
    page.get_by_label("How loud").select_option("warning")
    page.get_by_role("button", name="Tell them").click()
    expect(page.get_by_role("status").first).to_contain_text("is told to group:stars")


def come_in(page) -> None:
    """As somebody who got a link."""
    page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_label("Name").fill("zoe")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    told = page.get_by_role("region", name="Messages from the operators")
    expect(told).to_contain_text("Warning: The stars are moved on Monday.")
    told.get_by_role("button", name="Put away").click()
    expect(told).to_have_count(0)
    page.goto("/administration/audit")
    expect(page.get_by_text("Only administrators may do this.")).to_be_visible()


def test_an_administrator_looks_after_people(look, files):
    """Makes an account and a group, sets a limit, tells something, suspends: she is out."""
    page = look.open("/administration")
    link = make_account(page)
    make_group(page)
    set_limit(page)
    tell(page)
    hers = look.open(link, signed_in=False)
    come_in(hers)
    page.goto("/administration?q=zoe")
    page.get_by_role("row").filter(has_text="zoe").locator("summary").click()
    page.get_by_label("Why suspend zoe?").fill("her laptop was stolen")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("status").first).to_contain_text("zoe is suspended.")
    hers.goto("/")
    expect(hers.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/administration/audit?act=account&thing=zoe")
    expect(page.get_by_role("row").nth(1)).to_contain_text("her laptop was stolen")
    page.goto(link)
    expect(page.get_by_text("This link is not good any more.")).to_be_visible()


def test_who_signed_in_sees_where_and_signs_a_browser_out(look, files):
    page = look.open("/tokens")
    mine = page.get_by_role("row").filter(has_text="this one")
    expect(mine).to_contain_text("Chrome on Linux")
    expect(mine).to_contain_text("127.0.0.1")
