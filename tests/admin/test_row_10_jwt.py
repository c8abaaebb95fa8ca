"""Row 10: tokens that a WLCG or SciTokens issuer signed are good here, and no others."""

import base64
import hmac
import json
import time

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from admin.issuer import AUDIENCE
from admin.office import SPACE
from running import until

MINUTE = 60


def whoami(office, token: str) -> httpx.Response:
    return httpx.get(
        f"{office.house.url}/api/v1/whoami", headers={"Authorization": f"Bearer {token}"}
    )


def dav(office, token: str, method: str = "PROPFIND", path: str = "", **more) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Depth": "0"}
    return httpx.request(
        method, f"{office.house.url}/dav/{SPACE}/{path}", headers=headers, timeout=30, **more
    )


@pytest.fixture(scope="module")
def ana(office):
    """Somebody whom the issuer calls `sub-ana`."""
    made = office.person("writer")
    office.house.command("user", "sub", made.name, office.issuer.url, "sub-ana")
    return made


def test_a_good_one_is_its_account_everywhere(office, ana):
    token = office.issuer.token(sub="sub-ana")
    assert whoami(office, token).json()["name"] == ana.name
    assert dav(office, token).status_code == 207
    assert dav(office, token, "PUT", "by-jwt.dat", content=b"x").status_code == 201
    [(act, who, via, _)] = office.acts(f"{SPACE}/by-jwt.dat")
    assert (act, who, via) == ("file.put", ana.name, f"{office.issuer.url} sub sub-ana")


def test_scopes_are_what_it_is_good_for(office, ana):
    reads = office.issuer.token(sub="sub-ana", scope="storage.read:/")
    assert dav(office, reads).status_code == 207
    assert dav(office, reads, "PUT", "no.dat", content=b"x").status_code == 403
    sci = {"ver": "scitoken:2.0", "scope": "read:/ write:/"}
    scitoken = office.issuer.token(sub="sub-ana", drop=("wlcg.ver",), **sci)
    assert dav(office, scitoken, "PUT", "by-scitoken.dat", content=b"x").status_code == 201


def test_paths_are_what_it_is_held_to(office, ana):
    whole = office.issuer.token(sub="sub-ana")
    for name in ("held", "other"):
        assert dav(office, whole, "MKCOL", name).status_code == 201
        assert dav(office, whole, "PUT", f"{name}/in.dat", content=b"in").status_code == 201
    scope = f"storage.read:/{SPACE}/held storage.create:/dav/{SPACE}/held/out"
    token = office.issuer.token(sub="sub-ana", scope=scope)
    assert dav(office, token, "GET", "held/in.dat").content == b"in"
    assert dav(office, token, "GET", "other/in.dat").status_code == 403
    assert dav(office, token, "PUT", "held/in.dat", content=b"no").status_code == 403
    assert dav(office, token, "MKCOL", "held/out").status_code == 201
    assert dav(office, token, "PUT", "held/out/a", content=b"1").status_code == 201
    assert dav(office, token, "PUT", "held/out/a", content=b"2").status_code == 403
    assert dav(office, token, "DELETE", "held/out/a").status_code == 403
    assert dav(office, token, "GET", "held/out/../../other/in.dat").status_code in {400, 403, 404}
    assert whoami(office, token).status_code == 403, "it is for files only"


def test_create_everywhere_changes_nothing_that_is_there(office, ana):
    token = office.issuer.token(sub="sub-ana", scope="storage.create:/")
    assert dav(office, token, "PUT", "created.dat", content=b"1").status_code == 201
    assert dav(office, token, "PUT", "created.dat", content=b"2").status_code == 403
    assert dav(office, token, "GET", "created.dat").status_code == 403


@pytest.mark.parametrize("scope", ["storage.read:/lab/../x", "compute.read", "storage.read:lab"])
def test_what_it_cannot_be_held_to_is_refused_in_words(office, ana, scope):
    answer = dav(office, office.issuer.token(sub="sub-ana", scope=scope))
    assert answer.status_code == 403
    assert "token" in answer.json()["title"]


def confused(good: str, kid: str, secret: bytes) -> str:
    """Signed by everybody's copy of the public key, as if it were a shared secret."""

    def text(part: bytes) -> str:
        return base64.urlsafe_b64encode(part).rstrip(b"=").decode()

    head = text(json.dumps({"alg": "HS256", "kid": kid}).encode())
    told = f"{head}.{good.split('.')[1]}"
    return f"{told}.{text(hmac.digest(secret, told.encode(), 'sha256'))}"


def bad(office) -> dict[str, str]:
    """Tokens that are wrong in one thing each."""
    now, issuer = int(time.time()), office.issuer
    kid = issuer.keys[0].kid
    other = RSAKey.generate_key(2048, {"kid": kid}, auto_kid=False)
    good = issuer.token(sub="sub-ana")
    return {
        "over": issuer.token(sub="sub-ana", exp=now - 120),
        "endless": issuer.token(sub="sub-ana", drop=("exp",)),
        "early": issuer.token(sub="sub-ana", nbf=now + 600),
        "audience": issuer.token(sub="sub-ana", aud="https://elsewhere.test"),
        "no-audience": issuer.token(sub="sub-ana", drop=("aud",)),
        "issuer": issuer.token(sub="sub-ana", iss="https://evil.test"),
        "forged": issuer.token(sub="sub-ana", key=other),
        "unsigned": good.rsplit(".", 1)[0] + ".",
        "public-key-as-secret": confused(good, kid, issuer.keys[0].as_pem(private=False)),
        "profile": issuer.token(sub="sub-ana", drop=("wlcg.ver",)),
        "nobody": issuer.token(sub="sub-of-nobody"),
        "no-sub": issuer.token(drop=("sub",)),
        "rubbish": "eyJhbGciOiJub25lIn0.eyJub3RoaW5nIjoxfQ.x",
        "cut": good[:-20],
    }


KINDS = ["over", "endless", "early", "audience", "no-audience", "issuer", "forged", "unsigned",
         "public-key-as-secret", "profile", "nobody", "no-sub", "rubbish", "cut"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_is_believed_on_either_lane(office, ana, kind):
    token = bad(office)[kind]
    for answer in (whoami(office, token), dav(office, token)):
        assert answer.status_code == 401
        assert answer.json()["title"]


def test_clocks_may_differ_a_little(office, ana):
    now = int(time.time())
    late = office.issuer.token(sub="sub-ana", exp=now - 5)
    early = office.issuer.token(sub="sub-ana", nbf=now + 20)
    assert whoami(office, late).status_code == 200
    assert whoami(office, early).status_code == 200


def test_one_of_several_audiences_is_enough_and_anybody_is_not(office, ana):
    several = office.issuer.token(sub="sub-ana", aud=["https://a.test", AUDIENCE])
    anybody = office.issuer.token(sub="sub-ana", aud="https://wlcg.cern.ch/jwt/v1/any")
    assert whoami(office, several).status_code == 200
    assert whoami(office, anybody).status_code == 401


def test_a_group_has_an_account_of_its_own(office):
    office.house.command("user", "add", "vo")
    token = office.issuer.token(sub="pilot-7", **{"wlcg.groups": ["/other", "/vo"]})
    assert whoami(office, token).json()["name"] == "vo"


def test_an_administrator_is_none_by_it(office):
    office.house.command("user", "sub", office.house.name, office.issuer.url, "sub-root")
    token = office.issuer.token(sub="sub-root")
    assert whoami(office, token).json()["admin"] is False


def test_who_is_suspended_is_out(office):
    ben = office.person("reader")
    office.house.command("user", "sub", ben.name, office.issuer.url, "sub-ben")
    token = office.issuer.token(sub="sub-ben")
    assert dav(office, token).status_code == 207
    office.house.command("user", "suspend", ben.name, "--why", "test")
    assert until(lambda: dav(office, token).status_code == 401, MINUTE)


def test_keys_are_rotated_and_an_issuer_that_is_away_is_believed_for_a_while(office, ana):
    """Its new key is asked for when it is first seen; then it may be away, also over a restart."""
    old = office.issuer.token(sub="sub-ana", scope="storage.read:/ rotated")
    assert dav(office, old).status_code == 207
    office.issuer.rotate()
    new = office.issuer.token(sub="sub-ana", scope="storage.read:/ rotated")
    assert until(lambda: dav(office, new).status_code == 207, MINUTE)
    assert dav(office, office.issuer.token(key=ECKey.generate_key("P-256"),
                                           header={"alg": "ES256", "kid": "unknown"})
               ).status_code == 401  # fmt: skip
    office.issuer.away = True
    try:
        office.house.kill("serving")
        assert until(lambda: office.house.answers() and whoami(office, new).is_success, MINUTE)
    finally:
        office.issuer.away = False
