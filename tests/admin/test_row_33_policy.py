"""Row 33: people agree to the policy of now before they go on; programs have a grace."""

from contextlib import closing

import httpx
import psycopg
import pytest

from admin.office import SPACE, post
from running import until

MINUTE = 60


@pytest.fixture
def publish(office, tmp_path):
    """Puts a version in force; afterwards none is, for the other tests of this node."""

    def put(text: str) -> str:
        file = tmp_path / "policy.txt"
        file.write_text(text)
        return office.house.command("policy", "publish", str(file))

    yield put
    with psycopg.connect(office.house.dsn) as conn:
        conn.execute("DELETE FROM people_acceptance")
        conn.execute("DELETE FROM people_policy")


def grace_ends(office, name: str) -> None:
    """Both the version and the account have been there for a month."""
    with psycopg.connect(office.house.dsn) as conn:
        conn.execute("UPDATE people_policy SET created = created - interval '30 days'")
        older = "date_joined = date_joined - interval '30 days'"
        conn.execute(f"UPDATE accounts_user SET {older} WHERE username = %s", [name])


def test_a_person_agrees_once_a_version(office, publish):
    ana = office.person("reader")
    with closing(office.browser(ana)) as page:
        assert page.get("/requests").url.path == "/requests"
        first = publish("Be kind.\n\nNo <script>mining</script>.")
        asked = page.get("/requests?state=ended")
        assert asked.url.path == "/policy"
        assert "&lt;script&gt;mining" in asked.text
        forged = page.post("/policy", data={"version": first})
        assert forged.status_code == 403
        after = post(page, "/policy", version=first, next="/requests?state=ended")
        assert (after.url.path, after.url.query) == ("/requests", b"state=ended")
        publish("Be kinder.")
        assert page.get("/tokens").url.path == "/policy"
        late = post(page, "/policy", version=first)
        assert late.status_code == 409
        assert "newer version" in late.text
    assert (("policy.accept", ana.name, "session", "done")) in office.acts(f"version {first}")


def test_programs_have_a_grace_and_are_then_told_why(office, publish):
    ana = office.person("reader")
    version = publish("Be kind.")
    dav = {"url": f"{office.house.url}/dav/{SPACE}/", "method": "PROPFIND"}
    headers = {"Authorization": f"Bearer {ana.token}", "Depth": "0"}
    with office.http(ana) as http:
        assert http.get("/whoami").status_code == 200
        assert httpx.request(**dav, headers=headers).status_code == 207
        grace_ends(office, ana.name)
        refused = http.get("/whoami")
        assert refused.status_code == 403
        assert "acceptable-use policy is not accepted" in refused.json()["title"]
        assert until(lambda: httpx.request(**dav, headers=headers).status_code == 403, MINUTE)
        with closing(office.browser(ana)) as page:
            post(page, "/policy", version=version)
        assert http.get("/whoami").status_code == 200
        assert httpx.request(**dav, headers=headers).status_code == 207


def test_an_account_of_a_program_is_agreed_for(office, publish):
    pilot = office.person()
    version = publish("Be kind.")
    grace_ends(office, pilot.name)
    with office.http(pilot) as http:
        assert http.get("/whoami").status_code == 403
        office.house.command("policy", "accept-for", pilot.name)
        assert http.get("/whoami").status_code == 200
    assert ("policy.accept", "the operator", "command line", "done") in office.acts(
        f"version {version}"
    )


def test_who_is_new_has_the_grace_too(office, publish):
    publish("Be kind.")
    grace_ends(office, "nobody")
    with office.http(office.person()) as http:
        assert http.get("/whoami").status_code == 200
