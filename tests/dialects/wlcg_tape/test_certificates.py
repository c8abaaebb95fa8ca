"""Callers that the grid port has introduced: who they are, and what they may."""

from datetime import timedelta

import pytest

from dialects.wlcg_tape.wire import PREFIX
from waystation.interfaces.credentials import Credential
from waystation.interfaces.dialects.wlcg_tape.routes import BASE as AT
from waystation.interfaces.dialects.wlcg_tape.routes import DISCOVERY
from waystation.kernel.errors import ConflictError, NotFoundError

ANA = "CN=Ana,DC=test"
BODY = {"files": [{"path": f"{PREFIX}/a"}]}


@pytest.fixture
def ana(wire):
    wire.bind("ana", ANA)
    return Credential(ANA, limited=False, not_after=wire.world.clock.now() + timedelta(hours=12))


def test_a_bound_subject_is_its_account_and_may_read_and_write(wire, ana):
    made = wire.call("POST", f"{AT}/stage", BODY, shown=ana, token=None)
    assert made.status == 201
    number = made.json()["requestId"]
    assert wire.states(number) == ["SUBMITTED"], "the same account by its token"
    assert wire.call("DELETE", f"{AT}/stage/{number}", shown=ana, token=None).status == 200


def test_a_limited_proxy_may_stage(wire, ana):
    limited = Credential(ANA, limited=True, not_after=ana.not_after)
    assert wire.call("POST", f"{AT}/stage", BODY, shown=limited, token=None).status == 201


def test_one_that_nobody_bound_is_told_its_name(wire):
    eve = Credential(
        "CN=Eve,DC=test", limited=False, not_after=wire.world.clock.now() + timedelta(1)
    )
    answer = wire.call("POST", f"{AT}/stage", BODY, shown=eve, token=None)
    assert answer.status == 401
    assert "CN=Eve,DC=test" in answer.json()["title"]


def test_one_that_has_ended_on_an_open_connection(wire, ana):
    wire.world.clock.forward(hours=13)
    answer = wire.call("POST", f"{AT}/stage", BODY, shown=ana, token=None)
    assert answer.status == 401
    assert "ended" in answer.json()["title"]


def test_a_token_wins(wire, ana):
    number = wire.stage(f"{PREFIX}/a")
    ben = wire.token_of(wire.world.ben)
    assert wire.call("GET", f"{AT}/stage/{number}", shown=ana, token=None).status == 200
    assert wire.call("GET", f"{AT}/stage/{number}", shown=ana, token=ben).status == 404
    assert wire.call("GET", f"{AT}/stage/{number}", shown=ana, token="way_1_bad").status == 401


@pytest.mark.parametrize("form", [ANA, f"x509 {ANA}", f"x509{ANA}"])
def test_a_name_is_no_token(wire, ana, form):
    """Who was recognised is remembered; not under anything that others can know."""
    assert wire.call("POST", f"{AT}/stage", BODY, shown=ana, token=None).status == 201
    assert wire.call("POST", f"{AT}/stage", BODY, token=form).status == 401


def test_a_page_cannot_write_with_a_browsers_certificate(wire, ana):
    page = {"origin": "https://evil.example.org"}
    answer = wire.call("POST", f"{AT}/stage", BODY, shown=ana, token=None, headers=page)
    assert answer.status == 403
    with_token = wire.call("POST", f"{AT}/stage", BODY, shown=ana, headers=page)
    assert with_token.status == 201


def test_the_grid_port_names_itself(wire, ana):
    told = wire.call("GET", DISCOVERY, shown=ana, token=None).json()
    assert told["endpoints"][0]["uri"].startswith("https://")


def test_a_closed_account_is_nobody(wire, ana):
    wire.world.rows(
        "UPDATE accounts_user SET is_active = false WHERE username = 'ana' RETURNING 1"
    )
    assert wire.call("POST", f"{AT}/stage", BODY, shown=ana, token=None).status == 401
    wire.world.rows("UPDATE accounts_user SET is_active = true WHERE username = 'ana' RETURNING 1")


def test_a_subject_is_one_accounts_and_is_not_taken_silently(wire, ana):
    del ana
    wire.bind("ana", ANA)
    with pytest.raises(ConflictError, match="'ana'"):
        wire.bind("ben", ANA)
    with pytest.raises(NotFoundError):
        wire.bind("nobody", "CN=x")
    with pytest.raises(NotFoundError):
        wire.accounts.unbind("ben", ANA)
    assert wire.accounts.subjects("ana") == [ANA]
    assert wire.accounts.by_subject(ANA).name == "ana"
    wire.accounts.unbind("ana", ANA)
    wire.bind("ben", ANA)
    assert wire.accounts.by_subject(ANA).name == "ben"
