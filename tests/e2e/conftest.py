"""A real Chromium for the running house; every page is watched for errors and refused content."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.spaces import Files, node_with_a_space
from running import BUSY, House

# The browser shares its machine with all other tests.
expect.set_options(timeout=BUSY * 10_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's Chromium; containers have no user namespaces for its sandbox."""
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def signed_in_state(house: House, browser: Browser) -> Iterator[str]:
    """Sign in once; the cookies are enough for every other test."""
    context = browser.new_context(base_url=house.url)
    page = context.new_page()
    sign_in(page, house)
    with tempfile.TemporaryDirectory() as kept:
        path = str(Path(kept) / "state.json")
        context.storage_state(path=path)
        context.close()
        yield path


def sign_in(page: Page, house: House, onward: str = "/") -> None:
    """Fill the form as a person would."""
    page.goto(f"/sign-in?next={onward}")
    page.get_by_label("Name").fill(house.name)
    page.get_by_label("Password").fill(house.password)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture(params=["light", "dark"])
def scheme(request) -> str:
    """Both colour schemes."""
    return request.param


@pytest.fixture
def visit(house: House, browser: Browser, signed_in_state: str) -> Iterator["Visits"]:
    """Open pages as somebody signed in; at the end no script may have stumbled."""
    visits = Visits(browser, house, signed_in_state)
    yield visits
    visits.close()


class Visits:
    """Opens browser contexts and notes what their pages complain about."""

    def __init__(self, browser: Browser, house: House, state: str) -> None:
        self._browser = browser
        self._house = house
        self._state = state
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, path: str = "/", *, width: int = 1280, signed_in: bool = True, **more) -> Page:
        """Open a page; `more` goes to the browser context."""
        context = self._browser.new_context(
            base_url=self._house.url,
            viewport={"width": width, "height": 900},
            storage_state=self._state if signed_in else None,
            **more,
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        page.goto(path)
        return page

    def _note(self, message) -> None:
        # A refused form is answered with a 4xx page; the browser logs that as an error.
        if (
            message.type == "error"
            and "the server responded with a status of 4" not in message.text
        ):
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        assert self.complaints == []


@pytest.fixture(scope="session")
def files(tmp_path_factory, browser: Browser) -> Iterator[Files]:
    """A node with a space, and somebody signed in there."""
    root = tmp_path_factory.mktemp("disk")
    with node_with_a_space(root) as house, tempfile.TemporaryDirectory() as kept:
        context = browser.new_context(base_url=house.url)
        page = context.new_page()
        sign_in(page, house)
        expect(page.get_by_role("heading", name="Under way")).to_be_visible()
        state = str(Path(kept) / "state.json")
        context.storage_state(path=state)
        context.close()
        yield Files(house, root, state, count())


@pytest.fixture
def look(files: Files, browser: Browser) -> Iterator[Visits]:
    """Open pages of that node; at the end no script may have stumbled."""
    visits = Visits(browser, files.house, files.state)
    yield visits
    # A cut line is what some of these tests are about; browsers log it as an error.
    visits.complaints = [each for each in visits.complaints if "net::ERR_" not in each]
    visits.close()
