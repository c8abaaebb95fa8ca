"""Jobs in a browser: run, followed, stopped; by the keyboard, light and dark, without scripts."""

import shutil
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import sign_in
from e2e.test_pages import AXE, RULES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's Chromium; containers have no user namespaces for its sandbox."""
    args = ["--no-sandbox", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": args}


@pytest.fixture(scope="module")
def state(node, browser: Browser, tmp_path_factory) -> str:
    """Cookies of somebody who has signed in."""
    context = browser.new_context(base_url=node.url)
    page = context.new_page()
    sign_in(page, node, "/jobs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    path = str(tmp_path_factory.mktemp("state") / "state.json")
    context.storage_state(path=path)
    context.close()
    return path


@pytest.fixture
def look(node, browser: Browser, state: str) -> Iterator:
    """Open a page as somebody signed in; no script may stumble."""
    contexts, complaints = [], []

    def opened(path: str, *, width: int = 1280, **more) -> Page:
        context = browser.new_context(
            base_url=node.url,
            viewport={"width": width, "height": 900},
            storage_state=state,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for each in contexts:
        each.close()
    assert complaints == []


def unfolded(page: Page) -> None:
    """Open the form; it is open already where nothing was ever run."""
    box = page.locator("#run")
    if box.get_attribute("open") is None:
        box.locator("> summary").click()


def asked(page: Page, command: str, **fields: str) -> None:
    """Fill the form and send it."""
    unfolded(page)
    page.get_by_label("Command").fill(command)
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Run", exact=True).click()


def test_a_command_is_run_followed_and_read(look):
    page = look("/jobs")
    asked(
        page, "sh -c 'echo hello from {n}; echo result > out.txt'",
        outputs="*.txt", to="lab:/by hand", name="greeting",
    )  # fmt: skip
    expect(page.get_by_role("heading", level=1)).to_contain_text("greeting")
    # It comes by itself, and what can be done about it changes with it.
    expect(page.locator("#standing .panel")).to_contain_text("done", timeout=60_000)
    expect(page.get_by_role("button", name="Stop what has not ended")).to_have_count(0)
    expect(page.locator("job-live")).to_have_count(0)
    expect(page.get_by_role("link", name="lab/by hand/out.txt")).to_be_visible()
    page.get_by_role("region", name="Table: jobs").get_by_role("link", name="1").click()
    expect(page.get_by_label("stdout")).to_have_text("hello from 1\n")
    page.goto("/files/lab/by hand/out.txt")
    page.get_by_role("link", name="job 1 of greeting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Job 1 of greeting")
    expect(page.locator(".timeline")).to_contain_text("out.txt came home as lab:/by hand/out.txt")
    asked(look("/jobs"), "cat out.txt", inputs="lab:/by hand/out.txt", name="reading")
    page = look("/jobs")
    page.get_by_role("link", name="reading").click()
    page.get_by_role("region", name="Table: jobs").get_by_role("link", name="1").click()
    page.get_by_role("link", name="lab/by hand/out.txt").click()
    expect(page.get_by_role("link", name="job 1 of greeting")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anybodys_way(look, scheme):
    page = look("/jobs", color_scheme=scheme)
    asked(page, "sh -c 'echo said; exit 3'", name=f"fails {scheme}")
    expect(page.locator("#standing .panel")).to_contain_text("failed", timeout=60_000)
    _clean(page)
    page.get_by_role("region", name="Table: jobs").get_by_role("link", name="1").click()
    _clean(page)
    page.goto("/jobs")
    _clean(page)


def test_a_list_shows_what_comes(look, node):
    page = look("/jobs")
    with node.client() as http:
        http.post("/job-requests", json={"command": ["true"], "name": "came later"})
    expect(page.get_by_role("link", name="came later")).to_be_visible(timeout=60_000)


def test_home_shows_what_runs_and_what_failed(look, node):
    page = look("/jobs")
    asked(page, "sh -c 'exit 4'", name="gone wrong")
    expect(page.locator("#standing .panel")).to_contain_text("failed", timeout=60_000)
    asked(look("/jobs"), "sleep 600", name="long one")
    page = look("/")
    card = page.locator(".card", has_text="long one")
    expect(card).to_contain_text("0 of 1 job")
    needs = page.get_by_role("region", name="Needs you").get_by_role("listitem")
    wrong = needs.filter(has_text="gone wrong")
    expect(wrong).to_contain_text("1 of 1 job failed")
    _clean(page)
    wrong.get_by_role("link", name="See why").click()
    expect(page.get_by_role("region", name="Table: jobs")).to_contain_text("failed")
    page = look("/")
    page.get_by_role("link", name="long one").click()
    page.get_by_role("button", name="Stop what has not ended").click()
    expect(page.locator("#standing .panel")).to_contain_text("cancelled", timeout=60_000)
    page.goto("/")
    recent = page.get_by_role("region", name="Recent")
    expect(recent.get_by_role("listitem").filter(has_text="long one")).to_contain_text("cancelled")


def test_a_preset_fills_in_the_form(look):
    page = look("/jobs", java_script_enabled=False)
    unfolded(page)
    page.get_by_role("link", name="Sort a list").click()
    expect(page.get_by_label("Command")).to_have_value("sort {item}")
    expect(page.locator("[name=inputs]")).to_have_value("lab:/raw/{item}")
    page.locator("#run details > summary").click()
    asked(page, "true", container="/images/none.sif")
    expect(page.get_by_role("alert")).to_contain_text("containers of /images/none.sif")


def test_what_is_ticked_in_a_folder_goes_in(look, node):
    held = {"Authorization": f"Bearer {node.token}"}
    where = f"{node.url}/dav/lab/ticked"
    assert httpx.request("MKCOL", where, headers=held).is_success
    assert httpx.request("MKCOL", f"{where}/deep", headers=held).is_success
    for name in ("a b.txt", "deep/c.txt", "d=e.txt"):
        assert httpx.put(f"{where}/{name}", content=b"x\n", headers=held).is_success
    page = look("/files/lab/ticked", java_script_enabled=False)
    page.get_by_label("Tick d=e.txt").check()
    page.get_by_role("button", name="Run a command").click()
    expect(page.locator(".notice").first).to_contain_text("cannot be named in the form")
    page.get_by_label("Tick a b.txt").check()
    page.get_by_label("Tick deep").check()
    page.get_by_role("button", name="Run a command").click()
    expect(page.locator("[name=inputs]")).to_have_value("lab:/ticked/deep/\nlab:/ticked/a b.txt")
    asked(page, "sh -c 'cat *.txt deep/*'", name="ticked")
    page.get_by_role("region", name="Table: jobs").get_by_role("link", name="1").click()
    expect(page.get_by_role("link", name="lab/ticked/deep/")).to_be_visible()


@pytest.mark.parametrize("path", ["/jobs"])
def test_pages_fit_a_small_telephone(look, path):
    page = look(path, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_wrong_is_said_and_the_form_is_kept(look):
    page = look("/jobs", java_script_enabled=False)
    asked(page, "sh -c 'open", name="kept")
    expect(page.get_by_role("alert")).to_contain_text("a quote that is not closed")
    expect(page.locator("[name=name]")).to_have_value("kept")
    asked(page, "sleep 600")
    page.get_by_role("button", name="Stop what has not ended").click()
    expect(page.locator(".notice").first).to_contain_text("It is being stopped.")


def _clean(page: Page) -> None:
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
