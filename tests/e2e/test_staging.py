"""What a scientist does in the browser: stage, follow, mend, stop."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from running import until

pytestmark = pytest.mark.browser
ENDED_MS = 90_000


def stage(page: Page, paths: list[str], label: str) -> None:
    page.goto("/")
    page.get_by_label("Paths").fill("\n".join(paths))
    page.get_by_label("Name to find it again").fill(label)
    page.get_by_role("button", name="Stage", exact=True).click()
    expect(page).to_have_url(re.compile(r"/requests/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(label)


def state(page: Page):
    return page.locator(".board .state")


def test_staged_files_come_while_one_watches(visit, house):
    page = visit.open()
    stage(page, house.untouched(40), "watched")
    loaded = page.evaluate("performance.timeOrigin")
    expect(page.locator("[data-live=online]")).not_to_have_text("0", timeout=ENDED_MS)
    assert page.evaluate("performance.timeOrigin") == loaded, "without loading the page again"
    expect(state(page)).to_have_text("complete", timeout=ENDED_MS)
    expect(page.locator("[data-live=percent]")).to_have_text("100\u202f%")
    expect(page.locator(".timeline li").first).to_contain_text("ended")
    expect(page.locator("request-strip canvas")).to_be_visible()
    expect(page.locator(".files tbody tr")).to_have_count(40)


def test_a_missing_file_is_explained_and_can_be_tried_again(visit, house):
    page = visit.open()
    (good,) = house.untouched(1)
    missing = good.rsplit("/", 1)[0] + "/never-was.fits"
    stage(page, [good, missing], "with a missing file")
    expect(state(page)).to_have_text("some files failed", timeout=ENDED_MS)
    causes = page.get_by_role("region", name="What went wrong")
    expect(causes).to_contain_text("no such file")
    expect(causes).to_contain_text("never-was.fits")
    page.get_by_role("button", name=re.compile("Retry 1 failed")).click()
    expect(page.get_by_role("status").first).to_contain_text("asked for again")
    expect(state(page)).to_have_text("some files failed", timeout=ENDED_MS)
    page.goto("/")
    expect(page.get_by_role("region", name="Needs you")).to_contain_text("with a missing file")


def test_cancel_asks_first_and_stops_the_rest(visit, house):
    page = visit.open()
    with house.held():
        stage(page, house.untouched(100), "not all of it")
        page.get_by_text("Cancel\u2026").click()
        page.get_by_role("button", name="Cancel the rest").click()
        expect(page.get_by_role("status").first).to_contain_text("cancelled")
    expect(state(page)).to_have_text("cancelled", timeout=ENDED_MS)


def test_the_picture_of_files_filters_the_table(visit, house):
    page = visit.open()
    paths = house.untouched(30)
    stage(page, paths, "thirty")
    canvas = page.locator("request-strip canvas")
    expect(canvas).to_be_visible()
    expect(canvas).not_to_have_attribute("aria-busy", "true")
    canvas.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("[data-strip-words]")).to_contain_text("No. 3 to 4")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=3&to=4"))
    expect(page.locator(".files tbody tr")).to_have_count(2)
    words = page.locator("[data-strip-words]")

    def shown() -> bool:
        # What comes in above it may push it away from below the mouse.
        canvas.hover(position={"x": 5, "y": 10})
        return paths[0] in (words.text_content() or "")

    assert until(shown, 20)
    page.go_back()
    expect(page.locator(".files tbody tr")).to_have_count(30)


def test_a_forecast_and_a_wrong_path_keep_the_form(visit, house):
    page = visit.open()
    (path,) = house.untouched(1)
    page.get_by_label("Paths").fill(path)
    page.get_by_role("button", name="How long would it take?").click()
    expect(page.locator(".stage .notice")).to_contain_text("1 files")
    expect(page.get_by_label("Paths")).to_have_value(path)
    page.get_by_label("Paths").fill("/etc/passwd")
    page.get_by_role("button", name="Stage", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Paths")).to_have_value("/etc/passwd")


def test_all_of_it_works_without_javascript(visit, house):
    page = visit.open("/", java_script_enabled=False)
    with house.held():
        stage(page, house.untouched(60), "plain")
        expect(page.locator(".bar").first).to_be_visible()
        page.get_by_text("Cancel\u2026").click()
        page.get_by_role("button", name="Cancel the rest").click()
    deadline = time.monotonic() + 60
    while "cancelled" not in state(page).inner_text() and time.monotonic() < deadline:
        page.wait_for_timeout(1000)
        page.reload()
    expect(state(page)).to_have_text(re.compile("cancelled|complete"))
    page.get_by_role("link", name="Requests", exact=True).first.click()
    expect(page.get_by_role("link", name="plain", exact=True)).to_be_visible()
    page.get_by_role("link", name="Ended").click()
    expect(page).to_have_url(re.compile("state=ended"))
