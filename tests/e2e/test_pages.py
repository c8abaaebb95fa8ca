"""Every page, in both schemes and at every width: reachable, readable, usable by keyboard."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.conftest import sign_in

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/", "/requests", "/requests?state=ended", "REQUEST", "/tape", "/tokens", "/messages",
         "/file", "FILE", "/requests/999999999", "/nothing-here"]  # fmt: skip


@pytest.fixture(scope="session")
def some_request(house) -> str:
    """The address of a request, so that its page has something to show."""
    code = (
        "import sys; from waystation_client import Client\n"
        "url, token, *paths = sys.argv[1:]\n"
        "with Client(url, token) as way: print(way.stage(paths, label='to look at').id)"
    )
    command = [
        sys.executable,
        "-c",
        code,
        house.url,
        house.token,
        *house.untouched(25),
        "/etc/passwd",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return f"/requests/{done.stdout.strip()}"


def address(page: str, some_request: str, house) -> str:
    return {"REQUEST": some_request, "FILE": f"/file?path={house.paths[0]}"}.get(page, page)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_stands_in_anybodys_way(visit, house, some_request, scheme, path):
    page = visit.open(address(path, some_request, house), color_scheme=scheme)
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    told = [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]]
    assert told == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_small_telephone(visit, house, some_request, path):
    page = visit.open(address(path, some_request, house), width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_sign_in_page_is_for_everybody_too(visit, scheme):
    page = visit.open("/sign-in", signed_in=False, color_scheme=scheme)
    page.evaluate(AXE.read_text())
    assert page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"] == []


def test_signing_in_leads_on_but_only_to_ourselves(visit, house):
    page = visit.open("/tape", signed_in=False)
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("Name").fill(house.name)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    page.get_by_label("Password").fill(house.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{house.url}/tape")
    page.get_by_label(re.compile("Account of")).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, house, onward="//evil.example/")
    expect(page).to_have_url(f"{house.url}/")


def test_a_token_is_shown_once_works_and_dies(visit, house):
    page = visit.open("/tokens")
    page.get_by_label("Name what it is for").fill("from the browser")
    page.get_by_role("button", name="Make token").click()
    token = page.locator("#secret").inner_text()
    assert way(house, token, "whoami") == 0
    page.goto("/tokens")
    expect(page.locator("#secret")).to_have_count(0)
    assert token not in page.content()
    row = page.get_by_role("row", name=re.compile("from the browser"))
    row.get_by_text("Revoke").first.click()
    row.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("status").first).to_contain_text("revoked")
    assert way(house, token, "whoami") == 3


def way(house, token: str, *arguments: str) -> int:
    environment = {**os.environ, "WAYSTATION_URL": house.url, "WAYSTATION_TOKEN": token}
    command = [sys.executable, "-m", "waystation_client", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_hands_can_stay_on_the_keyboard(visit):
    page = visit.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("tape dr")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tape$"))
    page.wait_for_load_state("load")  # its address is there before its scripts are
    page.keyboard.press("/")
    page.keyboard.type("999999999")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/requests/999999999$"))


def test_the_theme_is_kept(visit):
    page = visit.open("/")
    switch = page.get_by_role("button", name=re.compile("Theme"))
    switch.click()
    switch.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(switch).to_have_accessible_name("Theme: dark")


def test_drives_move_on_the_tape_page(visit, some_request):
    del some_request
    page = visit.open("/tape")
    expect(page.locator("[data-drive]").first).to_be_visible()
    expect(page.locator("live-chart canvas").first).to_be_visible()
    expect(page.locator("live-chart").first).to_have_accessible_name(re.compile("now"))


def test_pages_are_never_kept_by_a_cache_and_never_framed(visit):
    page = visit.open("/")
    answer = page.request.get("/")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
