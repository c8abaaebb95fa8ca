"""Who asked to be told is told, in spite of everything; nobody else hears anything."""

import hashlib
import hmac
import ipaddress
import json
import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest

from controllers.receivers import Party, receiver
from waystation.backends.courier.webhook import Credential, Webhook, WebhookConfig
from waystation.bootstrap import certificates
from waystation.domains.notify import store
from waystation.domains.notify.controller import Desk, deliver, sort
from waystation.domains.notify.entities import Kind, Letter, Pace
from waystation.domains.notify.service import Notify, secret_of
from waystation.domains.notify.words import own
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.service import Staging
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError
from waystation.kernel.hosts import AllowedHosts

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
KEY = "the house's own"


@dataclass
class Told:
    """A small house that may call 127.0.0.1."""

    small: object
    desk: Desk
    notify: Notify
    staging: Staging

    def stage(self, name: str, callback: str | None, **more: object) -> int:
        """A request of one file, brought up and ended."""
        self.small.put(name)
        self.small.staging = self.staging
        done = self.small.ask(name, callback=callback, **more)
        self.small.turn()
        assert self.small.staging.request(self.small.ana, done.request.id).state == "complete"
        return done.request.id

    def turn(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            while sort(self.desk) + deliver(self.desk):
                pass

    def deliveries(self, state: str | None = None) -> list:
        return self.notify.deliveries(self.small.admin, state=state)


def hosts(**more: object) -> AllowedHosts:
    return AllowedHosts(("127.0.0.1:*",), more.pop("networks", LOOPBACK), ("127.0.0.1:*",))


@pytest.fixture
def told(small) -> Told:
    words = {"": own, "strange": lambda _topic, facts: Letter(str(facts["files"]), "text/plain",
             credential="strange")}  # fmt: skip
    login = {"strange": Credential("ann", "pass", hosts())}
    config = WebhookConfig(hosts(), login, timeout_s=1.0)
    couriers = {Kind.WEBHOOK: Webhook(config, small.clock, lambda o: secret_of(KEY, o))}
    pace = Pace(lifetime=timedelta(hours=1))
    desk = Desk(small.database, small.clock, couriers, words, pace)
    notify = Notify(small.database, small.clock, couriers, key=KEY, pace=pace)
    rules = Rules(callbacks=hosts().objection)
    staging = Staging(small.database, small.clock, small.catalogue, {"mem": small.tape}, rules)
    return Told(small, desk, notify, staging)


def test_the_end_of_a_request_is_told_and_signed(told):
    with receiver() as party:
        number = told.stage("a", party.url(), label="night 1", external_id="x")
        told.turn()
    (call,) = party.heard
    facts = json.loads(call.body)
    assert facts["event"] == "stage-request.ended"
    assert (facts["request"], facts["state"], facts["online"]) == (number, "complete", 1)
    assert (facts["label"], facts["external_id"]) == ("night 1", "x")
    assert not {"callback", "owner_id"} & facts.keys()
    moment, signature = (p[2:] for p in call.headers["Waystation-Signature"].split(",v", 1))
    secret = told.notify.secret(told.small.ana)
    signed = hmac.new(secret.encode(), moment.encode() + b"." + call.body, hashlib.sha256)
    assert signature == signed.hexdigest()
    (sent,) = told.deliveries("sent")
    assert str(sent.id) == call.headers["Waystation-Delivery"]


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_success_is_success(told, status):
    with receiver(status) as party:
        told.stage("a", party.url())
        told.turn()
        told.small.clock.forward(hours=2)
        told.turn()
    assert len(party.heard) == 1


@pytest.mark.parametrize("status", [500, 404, 302, 0])
def test_what_is_not_taken_comes_again_with_the_same_id(told, status):
    with receiver(status, 200) as party:
        party.location = "http://127.0.0.1:1/elsewhere"
        told.stage("a", party.url())
        told.turn()
        assert len(party.heard) == 1
        (waits,) = told.deliveries("pending")
        assert waits.error
        told.small.clock.forward(minutes=5)
        told.turn()
    first, second = party.heard
    assert first.headers["Waystation-Delivery"] == second.headers["Waystation-Delivery"]
    assert told.deliveries("sent")


def test_a_receiver_that_hangs_costs_its_timeout_and_nobody_else(told):
    with receiver(-1) as slow, receiver() as quick:
        told.stage("a", slow.url())
        told.stage("b", quick.url())
        told.turn()
        assert len(quick.heard) == 1
        assert [d.target for d in told.deliveries("pending")] == [slow.url()]


def test_a_receiver_that_is_away_is_not_asked_for_each_of_its_messages(told):
    with receiver(0) as party:
        for n in range(5):
            told.stage(f"f{n}", party.url())
        told.turn()
        assert len(party.heard) == 1
        party.status = [200]
        told.small.clock.forward(minutes=2)
        told.turn()
        assert len(party.heard) == 6
    assert len(told.deliveries("sent")) == 5


def test_one_last_try_then_it_is_dead_and_can_be_replayed(told):
    with receiver(500) as party:
        told.stage("a", party.url())
        for _ in range(40):
            told.turn(1)
            told.small.clock.forward(minutes=3)
        (dead,) = told.deliveries("dead")
        tried = len(party.heard)
        told.small.clock.forward(days=1)
        told.turn()
        assert len(party.heard) == tried, "a dead one is left alone"
        with pytest.raises(NotFoundError):
            told.notify.replay(told.small.ben, dead.id)
        party.status = [200]
        told.notify.replay(told.small.ana, dead.id)
        told.turn()
        assert len(party.heard) == tried + 1
        with pytest.raises(ConflictError):
            told.notify.replay(told.small.ana, dead.id)


def test_a_dialect_speaks_its_own_words_with_its_own_credential(told):
    with receiver() as party:
        told.stage("a", party.url(), dialect="strange")
        told.stage("b", party.url())
        told.turn()
    strange, plain = party.heard
    assert (strange.body, strange.headers["Content-Type"]) == (b"1", "text/plain")
    assert strange.headers["Authorization"].startswith("Basic ")
    assert "Authorization" not in plain.headers


def test_a_credential_is_for_its_hosts_only(told):
    courier = told.desk.couriers[Kind.WEBHOOK]
    elsewhere = Credential("ann", "pass", AllowedHosts(("other.example.org",)))
    config = WebhookConfig(hosts(), {"strange": elsewhere}, timeout_s=1.0)
    told.desk.couriers[Kind.WEBHOOK] = Webhook(config, told.small.clock, lambda _: "s")
    with receiver() as party:
        told.stage("a", party.url(), dialect="strange")
        told.turn()
    assert "Authorization" not in party.heard[0].headers
    told.desk.couriers[Kind.WEBHOOK] = courier


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.org/x",
        "http://127.0.0.1.evil.example/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://user:pass@127.0.0.1:80/x",
        "http://127.0.0.1:99999/x",
        "//127.0.0.1/x",
        "not a url",
    ],
)
def test_nobody_else_may_be_named(told, url):
    told.small.put("a")
    told.small.staging = told.staging
    with pytest.raises(MalformedError):
        told.small.ask("a", callback=url)
    assert told.small.rows("SELECT count(*) FROM staging_request") == [(0,)]


def test_an_allowed_name_at_an_inside_address_is_not_called(told):
    inside = AllowedHosts(("localhost:*",), (), ("localhost:*",))
    told.desk.couriers[Kind.WEBHOOK] = Webhook(WebhookConfig(inside), told.small.clock, str)
    told.staging._rules = Rules(callbacks=inside.objection)
    with receiver() as party:
        told.stage("a", f"http://localhost:{party.port}/x")
        told.turn()
        assert party.heard == []
    assert "inside address" in str(told.deliveries("pending")[0].error)


@pytest.mark.parametrize(("name", "heard"), [("localhost", 1), ("other.example.org", 0)])
def test_a_certificate_must_be_for_the_name_that_was_given(told, tmp_path, name, heard):
    """Though the address that was judged is what is connected to."""
    files = certificates.request(tmp_path / "tls", [name])
    certificates.sign(files)
    allowed = AllowedHosts(("localhost:*",), LOOPBACK)
    config = WebhookConfig(allowed, ca_file=str(files.certificate), timeout_s=5.0)
    told.desk.couriers[Kind.WEBHOOK] = Webhook(config, told.small.clock, str)
    told.staging._rules = Rules(callbacks=allowed.objection)
    with receiver(tls=(files.certificate, files.key)) as party:
        told.stage("a", f"https://localhost:{party.port}/x")
        told.turn()
    assert len(party.heard) == heard
    assert len(told.deliveries("sent")) == heard


@pytest.mark.parametrize("secure", [False, True])
def test_who_dribbles_is_let_go_in_the_time_of_a_whole_call(told, tmp_path, secure):
    """Each single wait is short: nobody but the clock of the call ends this."""
    files = certificates.request(tmp_path / "tls", ["localhost"])
    certificates.sign(files)
    allowed = AllowedHosts(("localhost:*",), LOOPBACK, () if secure else ("localhost:*",))
    config = WebhookConfig(allowed, ca_file=str(files.certificate), timeout_s=1.5)
    told.desk.couriers[Kind.WEBHOOK] = Webhook(config, told.small.clock, str)
    told.staging._rules = Rules(callbacks=allowed.objection)
    tls = (files.certificate, files.key) if secure else None
    with receiver(-2, 200, tls=tls) as party:
        told.stage("a", f"{'https' if secure else 'http'}://localhost:{party.port}/x")
        told.turn()
        assert "not in time" in str(told.deliveries("pending")[0].error)
        party.hanging.set()
        told.small.clock.forward(minutes=5)
        told.turn()
        assert len(told.deliveries("sent")) == 1, "tried again"


def test_without_callbacks_nothing_is_told(told):
    told.stage("a", None)
    told.turn()
    assert told.deliveries() == []
    assert told.small.rows("SELECT count(*) FROM outbox") == [(0,)]


def test_a_subscriber_hears_of_own_requests_only(told):
    with receiver() as anas, receiver() as bens:
        told.notify.subscribe(
            told.small.ana, topic="stage-request.ended", kind="webhook", target=anas.url()
        )
        told.notify.subscribe(
            told.small.ben, topic="stage-request.ended", kind="webhook", target=bens.url()
        )
        told.stage("a", None)
        told.turn()
        assert (len(anas.heard), len(bens.heard)) == (1, 0)
        (mine,) = told.notify.subscriptions(told.small.ana)
        told.notify.unsubscribe(told.small.ana, int(str(mine["id"])))
        told.stage("b", None)
        told.turn()
        assert len(anas.heard) == 1


def test_killed_between_the_call_and_the_note_it_is_told_once_more(told):
    """At least once: the same id both times."""
    party: Party
    with receiver() as party:
        told.stage("a", party.url())
        while sort(told.desk):
            pass
        courier = told.desk.couriers[Kind.WEBHOOK]
        dying = Desk(told.small.database, told.small.clock, {Kind.WEBHOOK: Dying(courier)},
                     told.desk.wordings, told.desk.pace)  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            deliver(dying)
        assert deliver(told.desk) == 0, "the lease holds"
        told.small.clock.forward(minutes=5)
        told.turn()
    assert len(party.heard) == 2
    assert len({call.headers["Waystation-Delivery"] for call in party.heard}) == 1


def test_what_is_added_while_a_receiver_is_laid_aside_is_not_forgotten(told):
    """The step has sent everything and says so just when another message comes."""
    with receiver() as party:
        told.stage("a", party.url())
        told.turn()
        key = told.desk.couriers[Kind.WEBHOOK].receiver(party.url())
        now = told.small.clock.now()
        late = store.New(key, Kind.WEBHOOK, party.url(), told.small.ana.user_id, "t", "late",
                         Letter("{}"), now)  # fmt: skip

        def lay_aside() -> None:
            told.small.database.run(lambda c: store.turn_to(c, key, failures=0, not_before=now))

        with told.small.database.transaction() as conn:
            store.add(conn, [late], now=now, lifetime=timedelta(hours=1))
            other = threading.Thread(target=lay_aside)
            other.start()
            other.join(0.5)
            assert other.is_alive(), "it waits for who adds"
        other.join(10)
        told.turn()
    assert len(party.heard) == 2


class Dying:
    """A courier whose process ends when the call was made."""

    def __init__(self, courier: Webhook) -> None:
        self._courier = courier

    def receiver(self, target: str) -> str:
        return self._courier.receiver(target)

    def objection(self, target: str) -> str | None:
        return self._courier.objection(target)

    def deliver(self, parcel) -> None:
        self._courier.deliver(parcel)
        raise KeyboardInterrupt
