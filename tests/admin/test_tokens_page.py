"""Tokens from the page: good for what was ticked, and for no more."""

import html
import re

import httpx
import pytest

from admin.office import SPACE


@pytest.mark.parametrize("ticked", ["read", "write", "stage"])
def test_a_token_may_what_was_ticked(office, ticked):
    writer = office.person("writer")
    browser = office.browser(writer)
    page = browser.get("/tokens").text
    offered = set(re.findall(r'name="scopes" value="([a-z]+)"', page))
    assert offered == {"read", "stage", "write", "run"}, "all that there is"
    assert not re.search(r'value="write" checked', page), "only who means it"
    forgery = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"name": f"for {ticked}", "days": "7", "scopes": ticked}
    made = browser.post("/tokens", data={**form, "csrfmiddlewaretoken": forgery[1]})
    browser.close()
    secret = html.unescape(re.search(r'id="secret"[^>]*>([^<]+)<', made.text)[1])
    held = {"Authorization": f"Bearer {secret}"}
    base = f"{office.house.url}/dav/{SPACE}"
    put = httpx.put(f"{base}/by-{writer.name}", content=b"x", headers=held)
    listed = httpx.request("PROPFIND", base, headers={**held, "Depth": "0"})
    assert (put.status_code == 201) == (ticked == "write"), put.text
    assert (listed.status_code == 207) == (ticked == "read"), listed.text
