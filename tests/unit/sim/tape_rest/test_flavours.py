"""The simulated site differs where the contract says that servers differ.

Facts: the WLCG Tape REST API's reference document and the implementations and deviations listed
for dCache (source, July 2026), EOS with CTA (source 5.4.11) and StoRM Tape 0.7.0 (ran).
"""

from collections.abc import Iterator

import httpx
import pytest

from running import until
from waystation_sim.site.layout import SiteSettings
from waystation_sim.tape_rest.documents import duration_s
from waystation_sim.tape_rest.flavours import FLAVOURS
from waystation_sim.tape_rest.running import RunningTapeSite
from waystation_sim.tape_rest.settings import BASE, DISCOVERY

ROOT, SECONDS = "/pnfs/sim.example/data", 30.0
NAMES = [f"{ROOT}/run/f{n}" for n in range(30)]


class Client(httpx.Client):
    """Calls of one site, and its files by turns."""

    def __init__(self, site: RunningTapeSite) -> None:
        super().__init__(
            base_url=site.settings.origin, headers={"Authorization": "Bearer good"}, timeout=20
        )
        self.site = site
        self.left = list(NAMES)

    def fresh(self, count: int = 1) -> list[str]:
        return [self.left.pop() for _ in range(count)]

    def stage(self, *paths: str, **more: object) -> httpx.Response:
        body = {"files": [{"path": path} for path in paths], **more}
        return self.post(f"{BASE}/stage", json=body)

    def staged(self, *paths: str) -> str:
        answer = self.stage(*paths)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"].endswith(f"/stage/{answer.json()['requestId']}")
        return str(answer.json()["requestId"])

    def files(self, number: str) -> dict[str, dict[str, object]]:
        told = self.get(f"{BASE}/stage/{number}").json()
        return {file["path"]: file for file in told["files"]}

    def ended(self, number: str) -> dict[str, dict[str, object]]:
        def over() -> bool:
            found = self.files(number).values()
            return all(f.get("onDisk") or f.get("state") in {"COMPLETED", "FAILED"} for f in found)

        assert until(over, SECONDS)
        return self.files(number)

    def say(self, call: str, *paths: str) -> httpx.Response:
        return self.post(f"{BASE}/{call}", json={"paths": list(paths)})


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    folder = tmp_path_factory.mktemp("flavours")
    (folder / "source" / "run").mkdir(parents=True)
    for name in NAMES:
        (folder / "source" / "run" / name.rpartition("/")[2]).write_bytes(name.encode() * 50)
    made = {}
    for kind in FLAVOURS:
        site = RunningTapeSite(folder / kind, speed_up=20_000)
        site.archive(folder / "source", SiteSettings(drives=2))
        site.set_up(http=True, kind=kind, tokens=("good",))
        made[kind] = Client(site.start())
    yield made
    for client in made.values():
        client.close()
        client.site.stop()


@pytest.fixture(params=sorted(FLAVOURS))
def client(request: pytest.FixtureRequest, clients: dict[str, Client]) -> Client:
    return clients[request.param]


def test_files_come_and_moments_are_in_the_flavours_unit(client):
    flavour, paths = client.site.settings.flavour, client.fresh(2)
    number = client.staged(*paths)
    files = client.ended(number)
    told = client.get(f"{BASE}/stage/{number}").json()
    assert set(files) == set(paths)
    assert (told["createdAt"] > 1e11) == flavour.milliseconds
    for file in files.values():
        assert ("onDisk" in file) == flavour.on_disk
        assert ("state" in file) == (not flavour.on_disk)
        assert ("finishedAt" in file) == (not flavour.on_disk and not flavour.zero_times)
    if flavour.on_disk:
        assert "completedAt" not in told
        assert told["startedAt"] == told["createdAt"]
    for path in paths:
        assert client.site.place(path).read_bytes() == path.encode() * 50


def test_unset_moments_are_left_out_or_zero(client):
    flavour = client.site.settings.flavour
    for drive in range(2):
        client.site.fault("stuck-drive", f"lib1/{drive}")
    try:
        told = client.get(f"{BASE}/stage/{client.staged(*client.fresh())}").json()
    finally:
        for drive in range(2):
            client.site.fault("fix-drive", f"lib1/{drive}")
    assert told.get("completedAt") == (0 if flavour.zero_times else None)


def test_the_discovery_document_is_where_it_is_served(client):
    answer = client.get(DISCOVERY)
    assert answer.status_code == (200 if client.site.settings.flavour.discovery else 404)
    if answer.is_success:
        (endpoint,) = answer.json()["endpoints"]
        assert endpoint["version"] == "v1"
        assert endpoint["uri"] == client.site.endpoint


def test_who_has_no_credential_is_told_401_first(client):
    for method, call in (("POST", "/stage"), ("GET", "/stage/x"), ("POST", "/archiveinfo")):
        answer = httpx.request(method, client.site.endpoint + call, json={})
        assert answer.status_code == 401
        status = answer.json()["status"]
        assert isinstance(status, str) == client.site.settings.flavour.text_status


def test_an_unknown_key_is_refused_by_dcache_alone(client):
    refused = client.site.settings.flavour.strict_keys
    answer = client.stage(client.fresh()[0], somethingElse=1)
    assert answer.status_code == (400 if refused else 201)


def test_a_slash_at_the_end_is_not_known_to_storm_alone(client):
    body = {"files": [{"path": client.fresh()[0]}]}
    answer = client.post(f"{BASE}/stage/", json=body)
    assert answer.status_code == (201 if client.site.settings.flavour.slash else 404)


def test_an_empty_request_is_taken_by_storm_alone(client):
    answer = client.stage()
    assert answer.status_code == (201 if client.site.settings.flavour.empty_stage else 400)


def test_a_path_given_twice_is_one_file_at_storm_alone(client):
    path = client.fresh()[0]
    told = client.get(f"{BASE}/stage/{client.staged(path, path)}").json()
    merged = client.site.settings.flavour.merges_duplicates
    assert len(told["files"]) == (1 if merged else 2)


def test_a_foreign_path_is_400_for_cancel_and_nothing_is_done(client):
    flavour, path = client.site.settings.flavour, client.fresh()[0]
    answer = client.say(f"stage/{client.staged(path)}/cancel", path, "/foreign")
    assert answer.status_code == 400
    assert bool(answer.content) == (not flavour.errors_in_headers)
    assert ("title" in answer.headers) == flavour.errors_in_headers


def test_a_cancel_without_paths_cancels_everything_at_dcache_alone(client):
    if client.site.settings.flavour.on_disk:
        return  # EOS shows no state to see it by
    for drive in range(2):
        client.site.fault("stuck-drive", f"lib1/{drive}")
    try:
        number = client.staged(*client.fresh(2))
        assert client.say(f"stage/{number}/cancel").status_code == 200
        states = {file["state"] for file in client.files(number).values()}
    finally:
        for drive in range(2):
            client.site.fault("fix-drive", f"lib1/{drive}")
    all_of_it = client.site.settings.flavour.empty_cancels_all
    assert (states == {"CANCELLED"}) == all_of_it


def test_release_looks_at_the_name_or_does_not(client):
    flavour, path = client.site.settings.flavour, client.fresh()[0]
    client.ended(client.staged(path))
    answer = client.say("release/unknown", path)
    assert answer.status_code == (404 if flavour.release_checks else 200)
    (entry,) = client.say("archiveinfo", path).json()
    gone = flavour.release == "counter"
    assert entry["locality"] == ("TAPE" if gone else "DISK_AND_TAPE")


def test_archiveinfo_answers_for_each_path_and_a_missing_file_is_no_error(client):
    paths = [*client.fresh(1), f"{ROOT}/none", "/outside"]
    answer = client.say("archiveinfo", *paths)
    assert answer.status_code == 200
    told = answer.json()
    assert [entry["path"] for entry in told] == paths
    assert told[0]["locality"] == "TAPE"
    assert all("locality" not in entry and entry["error"] for entry in told[1:])


def test_too_many_files_are_413_or_the_old_403(clients):
    client = clients["dcache"]
    paths = [f"{ROOT}/none{n}" for n in range(501)]
    assert client.stage(*paths).status_code == 413
    with client.site.switched(many_status=403):
        assert client.stage(*paths).status_code == 403
    assert client.stage(*paths[:500]).status_code == 201


def test_too_many_unfinished_requests_are_429(clients):
    client = clients["dcache"]
    for drive in range(2):
        client.site.fault("stuck-drive", f"lib1/{drive}")
    try:
        client.site.fault("tape-cancel-all")
        with client.site.switched(most_requests=1):
            client.staged(*client.fresh())
            assert client.stage(*client.fresh()).status_code == 429
    finally:
        for drive in range(2):
            client.site.fault("fix-drive", f"lib1/{drive}")


def test_a_deleted_request_is_unknown(client):
    number = client.staged(*client.fresh())
    assert client.delete(f"{BASE}/stage/{number}").status_code == 200
    assert client.get(f"{BASE}/stage/{number}").status_code == 404
    assert client.delete(f"{BASE}/stage/{number}").status_code == 404


def test_an_unreadable_file_fails_with_a_reason_or_without(client):
    flavour, path = client.site.settings.flavour, client.fresh()[0]
    client.site.fault("bad-file", str(client.site.place(path)))
    number = client.staged(path)
    ended = lambda: (  # noqa: E731
        "error" in client.files(number)[path]
        or client.files(number)[path].get("state") == "FAILED"
    )
    assert until(ended, SECONDS)
    file = client.files(number)[path]
    assert ("error" in file) == flavour.fail_words
    if flavour.on_disk:
        assert file["onDisk"] is False


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P2D", 172_800), ("PT1H", 3_600), ("P1DT2H3M4S", 93_784), ("PT0.5S", 0.5)]
    + [(bad, None) for bad in ("P1W", "P1M", "P1Y", "P", "PT", "1D", "")],
)
def test_durations_are_those_of_java(text, seconds):
    assert duration_s(text) == seconds
