"""A person whose certificate is in the browser signs in to the pages by the grid port."""

import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import expect

from certificates import ALICE, Authority, Signed, proxy
from running import House, free_port, new_house

NOBODY = "/DC=test/CN=Nobody Here"


@dataclass
class Site:
    """A node whose account ana has Alice's certificate."""

    house: House
    grid: str
    authority: Authority
    alice: Signed
    nobody: Signed

    def shows(self, signed: Signed | None) -> httpx.Client:
        """A browser without a window; `signed` is in it."""
        trust = ssl.create_default_context(cafile=str(self.authority.certificate))
        if signed is not None:
            trust.load_cert_chain(signed.pem)
        return httpx.Client(verify=trust, timeout=60)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's Chromium; containers have no user namespaces for its sandbox."""
    found = {"executable_path": shutil.which("chromium")}
    return {**browser_type_launch_args, **found, "args": ["--no-sandbox"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    authority, port = Authority(tmp_path_factory.mktemp("ca")), free_port()
    host = authority.host()
    alice, nobody = authority.person("alice", ALICE), authority.person("nobody", NOBODY)
    variables = {
        "WAYSTATION_GRID__PORT": str(port),
        "WAYSTATION_GRID__CERTIFICATE": str(host.certificate),
        "WAYSTATION_GRID__KEY": str(host.key),
        "WAYSTATION_GRID__CA_DIR": str(authority.directory),
        "WAYSTATION_GRID__URL": f"https://localhost:{port}",
    }
    with new_house(directories=1, files_each=1, **variables) as house:
        house.account("ana")
        house.command("user", "dn", "ana", ALICE)
        yield Site(house, f"https://localhost:{port}", authority, alice, nobody)


def began(site: Site, browser: httpx.Client) -> str:
    """The address at the grid port that the pages send a browser to."""
    answer = browser.get(f"{site.house.url}/sign-in/certificate?next=/tokens")
    assert answer.status_code == 302, answer.text
    place = answer.headers["location"]
    assert place.startswith(f"{site.grid}/sign-in/by-certificate?state=")
    return place


def test_who_has_a_certificate_is_signed_in(site):
    with site.shows(site.alice) as browser:
        back = browser.get(began(site, browser))
        assert back.status_code == 303
        assert back.headers["location"].startswith(f"{site.house.url}/sign-in/certificate/back?")
        assert "Alice" not in back.headers["location"], "it tells nothing"
        done = browser.get(back.headers["location"])
        assert (done.status_code, done.headers["location"]) == (302, "/tokens")
        assert browser.get(f"{site.house.url}/session").status_code == 204
        again = browser.get(back.headers["location"])
        assert again.status_code == 403, "it is good once"
    told = "SELECT DISTINCT via FROM audit_entry WHERE via LIKE 'certificate%%'"
    assert site.house.rows(told, x=0) == [("certificate CN=Alice Example,DC=test",)]


def test_what_was_begun_elsewhere_is_worth_nothing(site):
    """Somebody sends his own passage to others, or has theirs sent to him."""
    with site.shows(site.alice) as alice, site.shows(None) as eve:
        place = began(site, eve)
        passage = alice.get(place).headers["location"]
        assert alice.get(passage).status_code == 403
        began(site, alice)
        assert alice.get(passage).status_code == 403, "the state of another session"
        assert alice.get(f"{site.house.url}/session").status_code == 401
        for odd in ("", "?passage=", "?passage=AAAA", "?passage=%00%ff"):
            answer = eve.get(f"{site.house.url}/sign-in/certificate/back{odd}")
            assert answer.status_code == 403
        for state in ("", "short", "x" * 200, "a/b" * 10):
            assert (
                alice.get(f"{site.grid}/sign-in/by-certificate?state={state}").status_code == 400
            )


@pytest.mark.parametrize("who", ["nobody", "none"])
def test_who_is_not_known_is_told_what_to_do(site, who):
    with site.shows(site.nobody if who == "nobody" else None) as browser:
        back = browser.get(began(site, browser))
        answer = browser.get(back.headers["location"])
    assert answer.status_code == 403
    words = "CN=Nobody Here,DC=test" if who == "nobody" else "showed no certificate"
    assert words in answer.text


def test_a_proxy_signs_nobody_in(site):
    """A session would outlive it."""
    made = proxy(site.alice, "proxy-page")
    with site.shows(made) as browser:
        refused = browser.get(began(site, browser))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_who_is_suspended_is_told_nothing_more(site):
    subject = "/DC=test/CN=Suspended"
    signed = site.authority.person("suspended", subject)
    site.house.account("gone")
    site.house.command("user", "dn", "gone", subject)
    site.house.command("user", "suspend", "gone", "--why", "test")
    with site.shows(signed) as browser:
        back = browser.get(began(site, browser))
        assert browser.get(back.headers["location"]).status_code == 403


def test_chromium_signs_in_with_the_certificate_that_it_has(site, browser):
    """From the button to the page, in a real browser."""
    context = browser.new_context(
        base_url=site.house.url,
        ignore_https_errors=True,  # the test's own authority is none of the machine's
        client_certificates=[
            {
                "origin": site.grid,
                "certPath": str(site.alice.certificate),
                "keyPath": str(site.alice.key),
            }
        ],
    )
    page = context.new_page()
    page.goto("/sign-in?next=/tokens")
    page.get_by_role("link", name="Sign in with the browser's certificate").click()
    expect(page).to_have_url(f"{site.house.url}/tokens")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    context.close()
