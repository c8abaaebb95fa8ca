"""What was wrong with aCT (the numbers are those of the contract), and is not here."""

import os
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from certificates import LIMITED, later, proxy
from crash.world import World
from dialects.act.conftest import sign
from dialects.houses import services
from running import until
from waystation.interfaces.dialects.act import controller, tokens
from waystation.interfaces.dialects.act.store import jobs, proxies
from waystation.interfaces.dialects.act.tokens import Claims


def test_a2_a_token_is_good_for_nothing_before_the_proof(tower, a_proxy):
    answer, before = tower.delegate(a_proxy)
    assert answer.status_code == 200
    assert tower.call("GET", "/info", by=before).status_code == 401
    good = answer.json()["token"]
    assert tower.call("GET", "/info", by=good).status_code == 200
    # Whoever has seen the certificate begins again: the proxy that is there stays as it is.
    cert, chain = (each.read_text() for each in (a_proxy.certificate, a_proxy.chain[0]))
    assert tower.call("POST", "/proxies", {"cert": cert, "chain": chain}, by=None).is_success
    assert tower.call("GET", "/info", by=good).status_code == 200


def test_a2_a_certificate_of_another_key_or_signer_is_refused(tower, a_proxy):
    cert, chain = (each.read_text() for each in (a_proxy.certificate, a_proxy.chain[0]))
    begun = tower.call("POST", "/proxies", {"cert": cert, "chain": chain}, by=None).json()
    other = tower.call("POST", "/proxies", {"cert": cert, "chain": chain}, by=None).json()
    whole = f"{cert}\n{chain}"
    wrong = {"cert": sign(a_proxy, other["csr"]), "chain": whole}
    answer = tower.call("PUT", "/proxies", wrong, by=begun["token"])
    assert (answer.status_code, "not of the key" in answer.json()["msg"]) == (400, True)
    forger = tower.authority.person("forger", "/DC=test/CN=Forger")
    fake = proxy(forger, "fake", subject=f"{a_proxy.subject}")
    forged = {"cert": sign(fake, begun["csr"]), "chain": whole}
    answer = tower.call("PUT", "/proxies", forged, by=begun["token"])
    assert answer.status_code == 400, "signed by somebody else's key"


def test_a2_ended_limited_and_unknown_proxies_are_refused(tower, tmp_path):
    limited, _ = tower.delegate(proxy(tower.alice, f"l-{tmp_path.name}", policy=LIMITED))
    assert (limited.status_code, "limited" in limited.json()["msg"]) == (400, True)
    nobody = tower.authority.person("nobody", "/DC=test/CN=Nobody")
    answer, _ = tower.delegate(proxy(nobody, f"n-{tmp_path.name}"))
    assert answer.status_code == 401
    assert "CN=Nobody" in answer.json()["msg"]
    fresh = proxy(tower.alice, f"e-{tmp_path.name}")
    old = later(tower.alice, fresh, timedelta(days=-3))
    body = {"cert": old.certificate.read_text(), "chain": "x"}
    answer = tower.call("POST", "/proxies", body, by=None)
    assert answer.json() == {"msg": "Given certificate is expired"}


def test_a3_a_file_name_never_leads_out_of_its_job(tower):
    number = tower.call("POST", "/jobs", [{"clusterlist": ["here"]}]).json()[0]["id"]
    for name in ("../../../evil", "/evil", "a/../../evil", ".."):
        params = {"id": number, "filename": name}
        answer = tower.call("PUT", "/data", content=b"x", params=params)
        assert answer.status_code == 400, name
    assert tower.call("GET", "/dav/ana/evil").status_code == 404


def test_a7_confirmed_twice_it_runs_once(tower):
    number = tower.call("POST", "/jobs", [{"clusterlist": ["here"]}]).json()[0]["id"]
    asked = [{"id": number, "desc": "&(executable=/bin/true)"}] * 2
    told = tower.call("PUT", "/jobs", asked).json()
    assert ["msg" in each for each in told] == [False, False]
    assert tower.call("PUT", "/jobs", asked).json() == told
    sql = "SELECT count(*) FROM jobs_request WHERE key = %(key)s"
    assert tower.house.rows(sql, key=f"act-{number}") == [(1,)]


def test_a10_a_name_is_looked_for_as_it_is_written(tower):
    mark = os.urandom(4).hex()
    number = tower.made(f'&(executable=/bin/true)(jobname="a_{mark}%")')
    tower.made(f'&(executable=/bin/true)(jobname="ab{mark}c")')
    found = tower.call("GET", "/jobs", params={"name": f"a_{mark}%", "client": "id"}).json()
    assert found == [{"c_id": number}]
    hostile = {"name": "x' OR '1'='1", "state": "'; DROP TABLE act_job --", "client": "id"}
    assert tower.call("GET", "/jobs", params=hostile).json() == []


def test_a13_proxies_are_sealed_and_never_in_the_log(tower, a_proxy):
    answer, before = tower.delegate(a_proxy)
    stored = tower.house.rows("SELECT sealed FROM act_proxy")
    assert stored
    assert all(b"PRIVATE" not in bytes(row[0]) for row in stored)  # type: ignore[arg-type]
    log = tower.house.log
    assert answer.json()["token"] not in log
    assert before not in log
    assert "PRIVATE KEY" not in log


def test_a13_a_new_proxy_takes_the_place_of_the_old_and_dropped_is_gone(tower, a_proxy, tmp_path):
    first = tower.delegate(a_proxy)[0].json()["token"]
    second = tower.delegate(proxy(tower.alice, f"again-{tmp_path.name}"))[0].json()["token"]
    assert len(tower.house.rows("SELECT 1 FROM act_proxy WHERE attribute = ''")) == 1
    assert tower.call("GET", "/info", by=first).status_code == 200, "of one name, as before"
    told = tower.call("GET", "/info", by=second).json()
    assert told["proxyexpires"].endswith("GMT")
    assert tower.call("DELETE", "/proxies", by=second).status_code == 204
    for token in (first, second):
        assert tower.call("GET", "/info", by=token).status_code == 401


def test_a17_what_is_wrong_with_a_job_is_on_the_job(tower):
    number = tower.made("&(executable=/no/such/program)")
    tower.ended(number, "failed")
    assert tower.stat(number, "Error")["a_Error"]


def test_jobs_of_others_are_not_there(tower):
    number = tower.made("&(executable=/bin/true)")
    for verb, params in (
        ("GET", {"client": "id"}),
        ("DELETE", {}),
        *(("PATCH", {"action": each}) for each in ("fetch", "cancel", "resubmit")),
    ):
        answer = tower.call(verb, "/jobs", params={"id": number, **params}, by="ben")
        assert answer.json() == [], verb
    assert tower.call("GET", f"/jobs/{number}/results/", by="ben").status_code == 404
    put = tower.call("PUT", f"/jobs/{number}/data/x", content=b"x", by="ben")
    assert put.status_code == 400
    asked = [{"id": number, "desc": "&(executable=/bin/false)"}]
    assert "does not exist" in tower.call("PUT", "/jobs", asked, by="ben").json()[0]["msg"]


def test_who_may_not_run_jobs_makes_none(tower):
    answer = tower.call("POST", "/jobs", [{"clusterlist": ["here"]}], by="eve")
    assert answer.status_code == 403


def test_tokens_end_with_their_proxy_and_their_account(tower, a_proxy):
    token = tower.delegate(a_proxy)[0].json()["token"]
    key = (tower.house.home / "data" / "keys" / "capabilities").read_text().strip()
    claims = tokens.read(key, token)
    assert claims is not None
    ended = tokens.mint(key, replace(claims, ends=1_000_000_000))
    assert tower.call("GET", "/info", by=ended).json() == {"msg": "Auth token is expired"}
    stolen = tokens.mint(key, replace(claims, user_id=claims.user_id + 1))
    assert tower.call("GET", "/info", by=stolen).status_code == 401, "the proxy is another's now"
    with psycopg.connect(tower.house.dsn) as conn:
        conn.execute("UPDATE act_proxy SET expires = now() - interval '1 minute'")
    assert "expired" in tower.call("GET", "/info", by=token).json()["msg"]


def test_what_cleaned_jobs_had_goes_to_the_trash(tower):
    number = tower.made("&(executable=/bin/cat)(arguments=x)(inputfiles=(x ''))", x=b"data")
    tower.ended(number)
    at = f"/dav/ana/act/{number}/in/x"
    assert tower.call("GET", at).content == b"data"
    assert tower.call("DELETE", "/jobs", params={"id": number}).json() == [number]
    assert until(lambda: tower.call("GET", at).status_code == 404, 30)
    gone = "SELECT 1 FROM act_job WHERE id = %(id)s"
    assert until(lambda: not tower.house.rows(gone, id=number), 30)


def test_jobs_that_nobody_confirms_and_proxies_that_have_ended_are_forgotten(dsn):
    world = World(dsn)
    house, now = services(world), world.clock.now()
    try:
        old, new = (
            world.database.run(
                lambda conn, at=at: jobs.make(
                    conn, ["here"], user=1, proxy=None, space="ana", now=now - at
                )
            )
            for at in (timedelta(days=8), timedelta(days=6))
        )
        for dn, ago in (("CN=old", 2), ("CN=new", 0)):
            world.database.run(
                lambda conn, dn=dn, ago=ago: proxies.keep(
                    conn, user=1, dn=dn, attribute="", sealed=b"x", now=now,
                    expires=now - timedelta(days=ago),
                )
            )  # fmt: skip
        assert controller.end(house) == 2
        assert world.rows("SELECT id FROM act_job WHERE gone") == [(old[0],)]
        assert world.rows("SELECT id FROM act_job WHERE NOT gone") == [(new[0],)]
        assert world.rows("SELECT dn FROM act_proxy") == [("CN=new",)]
    finally:
        world.close()


@pytest.mark.parametrize("change", [lambda t: t[:-2] + "AA", lambda t: t.replace(".", ".e", 1)])
def test_a_token_that_was_changed_is_none(change):
    token = tokens.mint("k" * 32, Claims(ends=2_000_000_000, proxy_id=7, user_id=3))
    assert tokens.read("k" * 32, token) == Claims(2_000_000_000, 7, 3)
    assert tokens.read("k" * 32, change(token)) is None
    assert tokens.read("other", token) is None
