"""Jobs wait for the proxies of their owners, and run with those alone."""

import shutil
from contextlib import closing
from dataclasses import replace

import pytest

from certificates import Authority, proxy
from jobs.far import ArcYard
from waystation.backends.batch.arc_rest.batch import NO_PROXY
from waystation.backends.batch.arc_rest.config import ends
from waystation.domains.jobs.entities import Wish
from waystation.interfaces.dialects.act.store import proxies
from waystation.interfaces.dialects.act.wallet import ActWallet
from waystation.kernel.clock import SystemClock
from waystation.kernel.sealing import Safe

SH = shutil.which("sh") or "/bin/sh"
NAMES = {"root": "/DC=test/CN=Root", "ben": "/DC=test/CN=Ben"}


class OwnersYard(ArcYard):
    """A house with the wallet of aCT's wire."""

    safe = Safe("a secret of thirty-two characters")

    def wallet(self):
        return ActWallet(self.world.database, SystemClock(), self.safe)

    def give(self, who, pem, attribute=""):
        """An account has delegated a proxy; its number."""
        told = {"user": who.user_id, "dn": NAMES[who.name], "attribute": attribute}
        sealed, now = self.safe.seal({"pem": pem.decode()}), SystemClock().now()
        return self.world.database.run(
            lambda conn: proxies.keep(conn, **told, sealed=sealed, now=now, expires=ends(pem))
        )

    def asked(self, who, ran):
        """A request that notes each of its runs."""
        wish = Wish(command=(SH, "-c", 'echo once >>"$0"', str(ran)))
        return self.jobs.submit(who, wish)[0].id

    def owners(self):
        """Whose proxies the jobs at the computing element have, in their order."""
        held = self.site.delegations.every
        every = self.site.element.jobs.values()
        return [held[job.said["delegationid"][0]].subject for job in every]


@pytest.fixture
def yard(dsn, tmp_path):
    with closing(OwnersYard(dsn, tmp_path)) as made:
        yield made


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("authority"))
    people = {name: authority.person(name, subject) for name, subject in NAMES.items()}
    made = {name: proxy(each, f"{name}-proxy") for name, each in people.items()}
    made["longer"] = proxy(people["ben"], "longer", days=3)
    return {name: each.pem.read_bytes() for name, each in made.items()}


def test_who_has_none_waits_without_a_place_and_runs_when_he_has_one(yard, given, tmp_path):
    ben, root = replace(yard.world.ben, admin=True), yard.admin
    yard.give(ben, given["ben"])
    waits, stops = (yard.asked(root, tmp_path / name) for name in ("waits", "stops"))
    goes = yard.asked(ben, tmp_path / "goes")
    assert yard.ended(goes).state == "done"
    for request in (waits, stops):
        (job,) = yard.jobs.jobs(root, request)
        assert (job.state, job.words, job.attempt, job.cluster) == ("ready", NO_PROXY, 0, "")
        assert not (yard.root / "work" / str(request)).exists(), "no input is copied in vain"
    yard.check_books()
    assert yard.jobs.cancel(root, stops).cancelled == 1
    number = yard.give(root, given["root"])
    yard.world.clock.forward(minutes=3)
    assert yard.ended(waits).state == "done"
    assert yard.owners() == ["CN=Ben,DC=test", "CN=Root,DC=test"]
    assert (tmp_path / "waits").read_text() == (tmp_path / "goes").read_text() == "once\n"
    assert not (tmp_path / "stops").exists()
    assert [each.attempt for each in yard.jobs.runs(root, waits)] == [1]
    yard.world.database.run(lambda conn: proxies.drop(conn, number, root.user_id))
    later = yard.asked(root, tmp_path / "later")
    yard.until(lambda: yard.jobs.jobs(root, later)[0].words == NO_PROXY)
    assert len(yard.owners()) == 2, "what was taken back is used no more"


class Between:
    """The cluster's way; something happens after the first answer to a call.

    Args:
        real: what is called.
        name: of the call.
        act: what happens.
    """

    def __init__(self, real, name, act):
        self._real, self._name, self._act = real, name, act

    def __getattr__(self, name):
        found = getattr(self._real, name)
        if name != self._name:
            return found

        def call(*args):
            answer = found(*args)
            act, self._act = self._act, None
            if act is not None:
                act()
            return answer

        return call


@pytest.mark.parametrize("name", ["wants", "submit"])
def test_stopped_while_its_cluster_says_that_it_waits(yard, given, tmp_path, name):
    if name == "submit":  # its proxy is taken back after it was asked for
        number = yard.give(yard.admin, given["root"])
        user = yard.admin.user_id
        drop = lambda: yard.world.database.run(lambda c: proxies.drop(c, number, user))  # noqa: E731
        yard.batch._batch = Between(yard.batch._batch, "wants", drop)
    request = yard.asked(yard.admin, tmp_path / "ran")
    stop = lambda: yard.jobs.cancel(yard.admin, request)  # noqa: E731
    yard.batch._batch = Between(yard.batch._batch, name, stop)
    assert yard.ended(request).state == "cancelled"
    assert not (tmp_path / "ran").exists()
    yard.check_books()
    yard.world.clock.forward(days=3)
    yard.step()
    assert not (yard.root / "work" / str(request)).exists()


def test_the_wallet_gives_the_longest_of_an_owner_and_never_anothers(yard, given):
    wallet, root, ben = yard.wallet(), yard.admin, yard.world.ben
    assert wallet.proxy(root.user_id) is None
    yard.give(ben, given["ben"])
    assert wallet.proxy(root.user_id) is None
    yard.give(root, given["root"])
    assert wallet.proxy(ben.user_id) == given["ben"]
    yard.give(ben, given["longer"], attribute="/vo")
    assert wallet.proxy(root.user_id) == given["root"]
    assert wallet.proxy(ben.user_id) == given["longer"]
    ended = "UPDATE act_proxy SET expires = now() - interval '1 second'"
    yard.world.database.run(lambda conn: conn.execute(ended))
    assert wallet.proxy(ben.user_id) is None
