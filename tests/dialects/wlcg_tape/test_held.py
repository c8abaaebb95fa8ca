"""Tokens that are for some paths only: WLCG's `storage.stage:/PATH`, and jobs' tokens."""

from datetime import timedelta

import pytest

from admin import issuer
from crash.world import ROOT
from dialects.wlcg_tape.wire import PREFIX, Wire
from waystation.domains.accounts.door import Accounts, IdentityKind, Place, Verb
from waystation.interfaces.dialects.wlcg_tape.routes import BASE as AT
from waystation.interfaces.jwt.bearers import Bearers, Trusted
from waystation.interfaces.jwt.keys import Keys, Where

MINE, OTHER = f"{PREFIX}/mine/a", f"{PREFIX}/other/b"


@pytest.fixture(scope="module")
def signer():
    with issuer.running() as made:
        yield made


@pytest.fixture
def wire(world, signer, tmp_path):
    """The application, which believes the issuer; ana is `sub-ana` there."""
    accounts = Accounts(world.database, world.clock)
    accounts.bind("ana", f"{signer.url} sub-ana", IdentityKind.JWT)
    keys = Keys(Where(signer.url, None, 3_600, 86_400, plain=True), world.clock, tmp_path)
    audience = frozenset({issuer.AUDIENCE})
    trusted = Trusted(signer.url, audience, ("RS256",), 60, {}, keys)
    made = Wire(world, bearers=Bearers({signer.url: trusted}, accounts, world.clock))
    yield made
    made.close()


@pytest.fixture
def of(wire, signer):
    """A token of ana's with these scopes, good by the world's clock."""
    now = int(wire.world.clock.now().timestamp())

    def token(scope: str) -> str:
        return signer.token(sub="sub-ana", scope=scope, exp=now + 600, nbf=now - 1, iat=now)

    return token


def ask(wire, token: str, call: str, *paths: str, method: str = "POST"):
    body = {"paths": list(paths), "files": [{"path": path} for path in paths]}
    if call == "stage":
        del body["paths"]
    return wire.call(method, f"{AT}/{call}", body if paths else None, token=token)


def test_what_is_below_the_path_is_staged_and_what_is_not_is_refused(wire, of):
    token = of(f"storage.stage:{PREFIX}/mine")
    made = ask(wire, token, "stage", MINE, OTHER)
    assert made.status == 201, made.body
    files = wire.files(made.json()["requestId"])
    assert files[MINE]["state"] == "SUBMITTED"
    assert "The token is not good for stage here" in files[OTHER]["error"]
    assert [path for (path,) in wire.world.rows("SELECT path FROM staging_item")] == [
        f"{ROOT}/mine/a"
    ]


def test_stage_and_poll_everywhere_are_as_good_as_a_token_of_ours(wire, of):
    """The two that clients ask for together; `storage.poll` is no scope of ours."""
    token = of("storage.stage:/ storage.poll:/")
    made = ask(wire, token, "stage", MINE, OTHER)
    number = made.json()["requestId"]
    assert wire.states(number) == ["SUBMITTED", "SUBMITTED"]
    assert wire.call("GET", f"{AT}/stage/{number}", token=token).status == 200
    assert ask(wire, token, f"stage/{number}", method="DELETE").status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{PREFIX}/mine/../other/b",
        f"{PREFIX}/mine/%2e%2e/other/b",
        f"{PREFIX}/mine%2Fx/../../other/b",
        f"{PREFIX}/mineral/b",
        f"/%2e/{PREFIX}/other/b",
        f"{PREFIX}/mine",
    ],
)
def test_no_spelling_leads_out(wire, of, path):
    """Of the last one the path itself is meant, which is allowed, and is no file."""
    made = ask(wire, of(f"storage.stage:{PREFIX}/mine"), "stage", path)
    assert made.status == 201
    staged = [found for (found,) in wire.world.rows("SELECT path FROM staging_item")]
    assert all(found.startswith(f"{ROOT}/mine") for found in staged)
    assert not any("mineral" in found or "other" in found for found in staged)


def test_a_request_with_files_elsewhere_is_looked_at_and_ended_by_others_only(wire, of):
    number = wire.stage(MINE, OTHER)
    token = of(f"storage.stage:{PREFIX}/mine")
    assert wire.call("GET", f"{AT}/stage/{number}", token=token).status == 403
    assert ask(wire, token, f"stage/{number}", method="DELETE").status == 403
    assert ask(wire, token, f"stage/{number}/cancel", OTHER).status == 403
    assert ask(wire, token, f"release/{number}", OTHER).status == 403
    assert wire.states(number) == ["SUBMITTED", "SUBMITTED"], "nothing was done"
    assert ask(wire, token, f"stage/{number}/cancel", MINE).status == 200
    assert wire.states(number) == ["FAILED", "SUBMITTED"], "cancelled, as this wire says it"


def test_poll_looks_and_does_no_more(wire, of):
    wire.on_disk("mine/a", "other/b")
    number = wire.stage(MINE)
    token = of(f"storage.poll:{PREFIX}/mine")
    assert wire.call("GET", f"{AT}/stage/{number}", token=token).status == 200
    told = ask(wire, token, "archiveinfo", MINE, OTHER).json()
    assert told[0]["locality"] == "DISK"
    assert "not good for list" in told[1]["error"]
    for call in ("stage", f"stage/{number}/cancel", f"release/{number}"):
        assert ask(wire, token, call, MINE).status == 403, call


@pytest.mark.parametrize("scope", ["storage.read", "storage.create", "storage.modify"])
def test_reading_and_writing_bring_nothing_from_tape(wire, of, scope):
    refused = ask(wire, of(f"{scope}:{PREFIX}/mine"), "stage", MINE)
    assert refused.status == 403
    assert "storage.stage:/PATH" in refused.json()["detail"]


def test_somebody_elses_request_is_not_there(wire, of):
    number = wire.call(
        "POST",
        f"{AT}/stage",
        {"files": [{"path": MINE}]},
        token=wire.token_of(wire.world.ben),
    ).json()["requestId"]
    token = of(f"storage.stage:{PREFIX}/mine")
    assert wire.call("GET", f"{AT}/stage/{number}", token=token).status == 404


def test_a_token_for_a_space_is_not_for_a_store_of_that_name(wire):
    """A job's token names spaces; that a store is called the same gives it nothing there."""
    store = PREFIX.strip("/")
    place = Place(store, (), frozenset({Verb.STAGE, Verb.LIST}))
    token = wire.accounts.new_job_token(
        wire.world.ana, name="job", places=[place], lifetime=timedelta(hours=1)
    )
    made = ask(wire, token, "stage", MINE)
    assert "not good for stage" in wire.files(made.json()["requestId"])[MINE]["error"]
