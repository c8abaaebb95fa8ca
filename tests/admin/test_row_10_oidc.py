"""Row 10: people sign in by another system; who is bound or let in by the rule, nobody else.

The provider is oidc-provider-mock, on the wire.
"""

from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

HERE = "/sign-in/with/local"


def browser(office) -> httpx.Client:
    return httpx.Client(base_url=office.house.url, timeout=30)


def asked(http: httpx.Client, onward: str = "/tokens") -> str:
    """Where the provider is asked, as somebody who presses the button."""
    answer = http.get(f"{HERE}?next={onward}")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def said(office, where: str, sub: str, **claims: object) -> str:
    """What the provider answers of somebody: the address to come back to."""
    provider = where.split("/oauth2/", maxsplit=1)[0]
    httpx.put(f"{provider}/users/{sub}", json=claims).raise_for_status()
    answer = httpx.post(where, data={"sub": sub})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def come(office, http: httpx.Client, sub: str, **claims: object) -> httpx.Response:
    back = said(office, asked(http), sub, **claims)
    return http.get(back, follow_redirects=True)


@pytest.fixture
def name(office) -> str:
    return f"guest{next(office.numbers)}"


def test_it_asks_as_it_should(office):
    with closing(browser(office)) as http:
        assert "Sign in with The Institute" in http.get("/sign-in").text
        query = parse_qs(urlsplit(asked(http)).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 30
    assert len(query["nonce"][0]) >= 30
    assert query["redirect_uri"] == [f"{office.house.url}/sign-in/from/local"]


def test_who_is_let_in_gets_an_account_and_finds_it_again(office, name):
    claims = {"email": f"{name}@good.test", "email_verified": True, "name": "A <b>Guest</b>"}
    for _ in range(2):
        with closing(browser(office)) as http:
            answer = come(office, http, name, preferred_username=name, **claims)
            assert answer.url.path == "/tokens"
    assert [act[0] for act in office.acts(name)] == ["account.make"]
    sign_ins = "SELECT via FROM audit_entry WHERE act = 'sign-in' AND actor = %(n)s"
    assert office.house.rows(sign_ins, n=name) == [("The Institute",)] * 2


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "x@evil.test", "email_verified": True},
        {"email": "x@good.test", "email_verified": False},
        {"email": "x@good.test.evil.test", "email_verified": True},
        {"email": "x@good.test"},
        {},
        {"groups": ["strangers"]},
    ],
    ids=["domain", "not-verified", "suffix", "unsaid", "nothing", "group"],
)
def test_whom_no_rule_lets_in_is_told_what_to_do(office, name, claims):
    with closing(browser(office)) as http:
        answer = come(office, http, name, preferred_username=name, **claims)
        assert answer.status_code == 403
        assert f"{office.provider} {name}" in answer.text
        assert http.get("/tokens").status_code == 302
    assert office.acts(name) == []


def test_a_name_that_is_taken_is_not_taken_over(office, name):
    ana = office.person()
    claims = {"email": f"{name}@good.test", "email_verified": True}
    with closing(browser(office)) as http:
        answer = come(office, http, name, preferred_username=ana.name, **claims)
        assert answer.status_code == 409
        assert http.get("/tokens").status_code == 302


def test_who_is_bound_comes_in_and_who_is_suspended_does_not(office, name):
    ana = office.person()
    office.house.command("user", "sub", ana.name, office.provider, name)
    with closing(browser(office)) as http:
        assert come(office, http, name).url.path == "/tokens"
        assert ana.name in http.get("/tokens").text
    office.house.command("user", "suspend", ana.name, "--why", "test")
    with closing(browser(office)) as http:
        assert come(office, http, name).status_code == 403


def test_an_answer_is_good_once_and_only_where_it_was_asked_for(office, name):
    claims = {"email": f"{name}@good.test", "email_verified": True, "preferred_username": name}
    with closing(browser(office)) as hers, closing(browser(office)) as his:
        asked(his)
        back = said(office, asked(hers), name, **claims)
        stolen = his.get(back)
        assert stolen.status_code == 401
        assert hers.get(back.replace("state=", "state=x")).status_code == 401
        assert hers.get(back).status_code == 401, "what was begun is over after one answer"
        again = said(office, asked(hers), name, **claims)
        assert hers.get(again).status_code == 302
        assert hers.get(again).status_code == 401


def test_no_from_the_provider_is_said(office):
    with closing(browser(office)) as http:
        where = asked(http)
        back = httpx.post(where, data={"action": "deny"}).headers["location"]
        state = parse_qs(urlsplit(where).query)["state"][0]
        joined = f"{back}&state={state}" if "state=" not in back else back
        assert http.get(joined).status_code == 401


def test_it_goes_on_only_to_ourselves(office, name):
    claims = {"email": f"{name}@good.test", "email_verified": True, "preferred_username": name}
    with closing(browser(office)) as http:
        back = said(office, asked(http, "https://evil.test/"), name, **claims)
        assert http.get(back).headers["location"] == "/"


def test_there_are_no_others(office):
    assert httpx.get(f"{office.house.url}/sign-in/with/other").status_code == 404
