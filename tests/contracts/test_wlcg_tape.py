"""The Tape REST back end, by its real wire, against simulated sites with real bytes.

Every flavour of server, by HTTP with a token and by HTTPS with a certificate or a token.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from certificates import ALICE, Authority
from contracts.other_site import OURS, TOKEN, other_site
from waystation.bootstrap.house import rules
from waystation.bootstrap.tapes import tape_backends
from waystation.domains.staging.entities import Residency
from waystation.settings import Settings
from waystation_testing.tape import TapeBackendContract, ended, wanted

HOME = Path(__file__).parents[2]

WAYS = [
    ("reference", "http token"),
    ("dcache", "https certificate"),
    ("dcache", "http token"),
    ("eos", "https proxy"),
    ("storm", "https token"),
]


@pytest.fixture(scope="module", params=WAYS, ids=[" ".join(way) for way in WAYS])
def site(request, tmp_path_factory):
    kind, how = request.param
    with other_site(tmp_path_factory.mktemp(kind), kind, how) as world:
        yield world


class TestWlcgTape(TapeBackendContract):
    @pytest.fixture
    def world(self, site):
        return site

    # " -- " is harmless on this wire (JSON): the files of this world have it in their names.
    @pytest.mark.parametrize("name", ["--resident", "relative/name", "/a\n/etc/passwd", "/a\0b"])
    def test_names_that_could_inject_are_refused(self, world, name):
        super().test_names_that_could_inject_are_refused(world, name)

    def test_locate_answers_every_path_in_the_order_asked(self, world):
        """The same without sizes: archiveinfo tells none."""
        paths = world.nearline(5)
        asked = [paths[3], world.missing(), *paths, paths[3]]
        reports = world.backend().locate(asked)
        assert [report.path for report in reports] == asked
        found = [report.residency for report in reports if report.path != world.missing()]
        assert found == [Residency.NEARLINE] * 7
        assert {report.size_bytes for report in reports} == {None}
        assert world.backend().locate([]) == []


def test_a_renewed_credential_is_used_and_a_refused_one_is_explained(site, tmp_path):
    paths, mine = site.nearline(1), tmp_path / "credential"
    if site.config.token_file:
        bad, good = "nobody", TOKEN
        backend, subject = site.backend(token_file=mine), "token_file"
    else:
        stranger = Authority(tmp_path / "other").person("stranger", ALICE)
        bad = stranger.certificate.read_text() + stranger.key.read_text()
        good = site.config.certificate.read_text()
        if site.config.key:
            good += site.config.key.read_text()
        backend, subject = site.backend(certificate=mine, key=None), "certificate"
    mine.write_text(bad)
    wrong = [finding for finding in backend.check_config() if not finding.ok]
    assert [finding.subject for finding in wrong] == [subject]
    assert wrong[0].mend
    mine.write_text(good)
    assert backend.locate(paths)[0].residency is Residency.NEARLINE


def test_a_list_is_as_many_requests_as_the_limits_make_of_it(site):
    backend, before = site.backend(request_files=3), site.accepted()
    paths = site.nearline(8)
    with site.running.calls() as made:
        handle = backend.recall(wanted("parts", paths))
        report = ended(site, backend, handle)
    assert {file.path for file in report.files} == set(paths)
    stages = [call.files for call in made if call.path.endswith("/stage")]
    assert stages == [3, 3, 2]
    assert site.accepted() == before + 3
    assert site.backend().capabilities.list_limit * site.backend().capabilities.slots >= 20_000


def test_the_settings_build_a_back_end_that_works(site, tmp_path, monkeypatch):
    config = site.config
    told = {
        "discovery": config.discovery,
        "endpoint": config.endpoint,
        "prefixes": dict(config.prefixes),
        "allow_http": config.allow_http,
        "list_dir": str(config.state_dir),
        **{
            name: str(place)
            for name in ("token_file", "certificate", "key", "ca_file")
            if (place := getattr(config, name))
        },
    }
    lines = [f"{name} = {json.dumps(v)}" for name, v in told.items() if not isinstance(v, dict)]
    file = tmp_path / "waystation.toml"
    file.write_text(
        f'[stores.far]\nbackend = "partner"\nroot = "{OURS}"\n\n'
        '[backends.partner]\nkind = "wlcg_tape"\n' + "\n".join(lines) + "\n"
        f'[backends.partner.prefixes]\n"{OURS}" = "{config.prefixes[OURS]}"\n'
    )
    monkeypatch.setenv("WAYSTATION_CONFIG", str(file))
    backend = tape_backends(Settings())["partner"]
    assert [finding for finding in backend.check_config() if not finding.ok] == []
    assert backend.locate(site.nearline(1))[0].residency is Residency.NEARLINE


def test_the_settings_of_the_how_to_page_are_right(tmp_path, monkeypatch):
    text = (HOME / "docs" / "how-to" / "another-site.md").read_text()
    file = tmp_path / "waystation.toml"
    file.write_text(text.partition("```toml\n")[2].partition("```")[0])
    monkeypatch.setenv("WAYSTATION_CONFIG", str(file))
    settings = Settings()
    assert rules(settings, "partner").restage == timedelta(days=7)
    assert rules(settings, "another").restage == timedelta(hours=6)
    backend = tape_backends(settings)["partner"]
    able = backend.capabilities
    assert able.list_limit * able.slots == 1_000_000
