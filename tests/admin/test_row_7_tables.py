"""Row 7: the tables behind the pages, by Django's own admin: to look, never to touch."""

import contextlib
import re

import httpx


def links(http: httpx.Client, at: str) -> list[str]:
    return re.findall(r'href="(/admin/[a-z_]+/[a-z_]+/)"', http.get(at).text)


def test_row_7_every_table_opens_and_none_can_be_changed(office):
    with contextlib.closing(office.browser()) as http:
        tables = sorted(set(links(http, "/admin/")))
        assert {"/admin/accounts/user/", "/admin/hosting/space/"} <= set(tables)
        for table in tables:
            page = http.get(table)
            assert page.status_code == 200, table
            assert http.get(f"{table}add/").status_code == 403, table
        users = http.get("/admin/accounts/user/").text
        first = re.search(r'"(/admin/accounts/user/\d+/change/)', users)
        assert first is not None
        one = http.get(first[1])
        assert one.status_code == 200
        assert office.house.name in one.text
        assert "argon2" not in one.text + users
        assert "_save" not in one.text
        token = http.cookies.get("csrftoken", "")
        answer = http.post(first[1], data={"username": "x", "csrfmiddlewaretoken": token})
        assert answer.status_code == 403


def test_row_7_others_do_not_see_them(office):
    with contextlib.closing(office.browser(office.person())) as http:
        assert http.get("/admin/accounts/user/").status_code == 403
        assert http.get("/admin/").status_code == 403
    with httpx.Client(base_url=office.house.url, timeout=30) as nobody:
        answer = nobody.get("/admin/login/")
        assert answer.status_code == 302, "no second way to sign in, without a throttle"
        assert answer.headers["location"].startswith("/sign-in?next=")
