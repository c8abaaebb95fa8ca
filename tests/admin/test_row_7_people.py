"""Rows 7, 10 and 11: accounts, groups and their managers, by those who may and nobody else."""

import re
from contextlib import closing

import httpx
import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from admin.office import SPACE, post

GOOD = "a long walk by the sea"


def link(answer: httpx.Response) -> str:
    found = re.search(r'<code id="link" class="secret">([^<]+)</code>', answer.text)
    assert found, answer.text[:500]
    return found[1]


@pytest.fixture
def admin(office):
    with closing(office.browser()) as page:
        yield page


def test_a_link_is_good_once(office, admin):
    name = f"invited{next(office.numbers)}"
    url = link(post(admin, "/administration", name=name, full_name="", email=""))
    with httpx.Client(follow_redirects=True, timeout=30) as guest:
        weak = post(guest, url, password="password1234", again="password1234")
        assert weak.status_code == 400
        assert "too common" in weak.text
        assert post(guest, url, password=GOOD, again=GOOD + "!").status_code == 400
        assert post(guest, url, password=GOOD, again=GOOD).url.path == "/sign-in"
        assert guest.get(url).status_code == 404
    with httpx.Client(base_url=office.house.url, follow_redirects=True) as browser:
        assert office.sign_in(browser, name, GOOD).url.path == "/"
    acts = [row[0] for row in office.acts(name)]
    assert acts == ["account.make", "account.invite", "account.password"]


def test_a_link_ends_and_a_new_one_takes_its_place(office, admin):
    ana = office.person()
    first = link(post(admin, f"/administration/accounts/{ana.name}/invite", at="/tokens"))
    second = link(post(admin, f"/administration/accounts/{ana.name}/invite", at="/tokens"))
    assert httpx.get(first).status_code == 404
    assert httpx.get(second).status_code == 200
    office.house.command("user", "suspend", ana.name, "--why", "test")
    assert httpx.get(second).status_code == 404
    stored = office.house.rows("SELECT digest FROM people_invitation")
    assert all(second.rsplit("/", 1)[1].encode() not in row[0] for row in stored)


def test_only_administrators_see_these_pages(office):
    with closing(office.browser(office.person())) as page:
        for path in ("", "/groups", "/spaces", "/messages", "/audit", "/audit.csv"):
            assert page.get(f"/administration{path}").status_code == 403, path
        made = post(page, "/administration", at="/tokens", name="mine", full_name="", email="")
        assert made.status_code == 403
        post(page, "/administration/accounts/admin/suspend", at="/tokens", why="revenge")
        post(page, f"/administration/spaces/{SPACE}/quota", at="/tokens", bytes="1", files="1")
    assert office.house.rows("SELECT is_active FROM accounts_user WHERE username = 'admin'")[0][0]
    limited = "SELECT 1 FROM quotas_quota WHERE hard_bytes = 1"
    assert office.house.rows(limited) == []


def test_a_page_of_somebody_else_cannot_suspend(office, admin):
    ana = office.person()
    answer = admin.post(f"/administration/accounts/{ana.name}/suspend", data={"why": "forged"})
    assert answer.status_code == 403
    assert office.acts(ana.name) == []


def test_a_manager_looks_after_one_group_only(office, admin):
    number = next(office.numbers)
    mine, other = f"stars{number}", f"dust{number}"
    ana, ben = office.person(), office.person()
    for group in (mine, other):
        post(admin, "/administration/groups/make", at="/administration/groups", name=group)
    change = {"account": ana.name, "what": "manager"}
    post(admin, f"/administration/groups/{mine}/change", at="/tokens", **change)
    office.house.command("space", "role", SPACE, f"@{mine}", "reader")
    with closing(office.browser(ana)) as page, office.http(ben, follow_redirects=True) as http:
        at, add = "/administration/groups", {"account": ben.name, "what": "add"}
        space = f"{office.house.url}/files/{SPACE}/"
        with closing(office.browser(ben)) as his:
            assert his.get(space).status_code == 404
            assert mine in post(page, f"{at}/{mine}/change", at=at, **add).text
            assert his.get(space).status_code == 200
            post(page, f"{at}/{mine}/change", at=at, account=ben.name, what="remove")
            assert his.get(space).status_code == 404
        assert other not in page.get(at).text
        refused = post(page, f"{at}/{other}/change", at=at, **add)
        assert "that you manage" in refused.text
        change["account"] = ben.name
        refused = post(page, f"{at}/{mine}/change", at=at, **change)
        assert "Only administrators" in refused.text
        assert http.get("/accounts").status_code == 403


def test_accounts_by_the_api(office):
    ana = office.person()
    with office.http() as http:
        first = http.get("/accounts", params={"limit": 1}).json()
        assert len(first["accounts"]) == 1
        after = http.get("/accounts", params={"after": first["next_after"]}).json()["accounts"]
        assert first["accounts"][0]["name"] not in [each["name"] for each in after]
        assert http.post(f"/accounts/{ana.name}/suspend", json={"why": "test"}).status_code == 200
        [found] = http.get("/accounts", params={"part": ana.name}).json()["accounts"]
        assert (found["active"], found["suspended_why"]) == (False, "test")
        assert http.post(f"/accounts/{ana.name}/suspend", json={"why": "x"}).status_code == 404
        assert http.post(f"/accounts/{ana.name}/resume").json()["accounts"][0]["active"]


def test_row_21_a_session_cannot_be_planted(office):
    """The key before the sign-in is not the key after it."""
    ana = office.person()
    with httpx.Client(base_url=office.house.url, follow_redirects=True) as page:
        page.cookies.set("sessionid", "k" * 32)
        office.sign_in(page, ana.name, ana.password)
        keys = [c.value for c in page.cookies.jar if c.name == "sessionid"]
    assert any(key != "k" * 32 for key in keys)
    planted = httpx.get(f"{office.house.url}/tokens", cookies={"sessionid": "k" * 32})
    assert planted.status_code == 302


def test_row_21_old_hashes_become_argon2id_at_the_next_sign_in(office):
    ana = office.person()
    hashed = "SELECT password FROM accounts_user WHERE username = %(n)s"
    assert office.house.rows(hashed, n=ana.name)[0][0].startswith("argon2$argon2id$")
    old = PBKDF2PasswordHasher().encode(ana.password, "salt", iterations=1000)
    with psycopg.connect(office.house.dsn) as conn:
        conn.execute("UPDATE accounts_user SET password = %s WHERE username = %s", [old, ana.name])
    with closing(office.browser(ana)) as page:
        assert page.get("/tokens").status_code == 200
    assert office.house.rows(hashed, n=ana.name)[0][0].startswith("argon2$argon2id$")


def test_row_10_a_browser_is_seen_and_signed_out(office):
    ana = office.person()
    with closing(office.browser(ana)) as one, closing(office.browser(ana)) as other:
        page = one.get("/tokens").text
        numbers = re.findall(r"/devices/(\d+)/sign-out", page)
        assert len(numbers) == 2
        row = next(r for r in page.split("<tr>") if "this one" in r)
        mine = re.findall(r"/devices/(\d+)/sign-out", row)
        [his] = [n for n in numbers if n not in mine]
        post(one, f"/devices/{his}/sign-out", at="/tokens")
        assert other.get("/tokens").url.path == "/sign-in"
        assert one.get("/tokens").url.path == "/tokens"
        with closing(office.browser(office.person())) as stranger:
            wrong = post(stranger, f"/devices/{mine[0]}/sign-out", at="/tokens")
            assert wrong.status_code == 404
    acts = office.rows_of(ana.name)
    assert acts.count("sign-in") == 2
    assert "session.end" in acts
