"""The parts of a simulated ScoutAM that need no processes."""

import ssl

import pytest

from waystation_sim.scoutam.certificates import make_certificate
from waystation_sim.scoutam.messages import FileNews
from waystation_sim.scoutam.settings import ScoutSettings, free_ports
from waystation_sim.scoutam.slips import Slips
from waystation_sim.scoutam.tokens import Tokens
from waystation_sim.scoutam.wishes import Wishes
from waystation_sim.site.faults import FaultError
from waystation_sim.site.index import Index


def test_a_token_is_good_for_a_while_and_only_for_who_knows_the_password():
    tokens = Tokens("stager", "secret", 3600.0)
    assert tokens.login("stager", "wrong") is None
    assert tokens.login("somebody", "secret") is None
    token = tokens.login("stager", "secret")
    assert tokens.good(f"Bearer {token}")
    for wrong in ("", token, f"Basic {token}", "Bearer other"):
        assert not tokens.good(wrong)
    brief = Tokens("stager", "secret", 0.0)
    assert not brief.good(f"Bearer {brief.login('stager', 'secret')}")


def test_settings_are_kept_with_the_site_and_for_its_owner_alone(tmp_path):
    settings = ScoutSettings(free_ports(2), "c", "k", kafka={"bootstrap.servers": "b:1"})
    settings.keep(tmp_path)
    assert ScoutSettings.of(tmp_path) == settings
    assert (tmp_path / "scoutam.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError):
        ScoutSettings.of(tmp_path / "other")


def test_its_certificate_is_its_own_authority(tmp_path):
    certificate, key = make_certificate(tmp_path)
    assert make_certificate(tmp_path) == (certificate, key)
    ssl.create_default_context(cafile=str(certificate))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    assert key.stat().st_mode & 0o777 == 0o600


def test_counted_trouble_is_counted_off():
    slips = Slips()
    slips.carry_out({"kind": "scout-403", "calls": 2})
    assert [slips.take("forbidden") for _ in range(3)] == [True, True, False]
    slips.carry_out({"kind": "scout-slow", "name": "1", "seconds": 2})
    assert (slips.delay_s("0"), slips.delay_s("1")) == (0.0, 2.0)
    slips.carry_out({"kind": "scout-hang"})
    assert slips.hangs("0")
    slips.carry_out({"kind": "scout-answer"})
    assert not slips.hangs("0")
    with pytest.raises(FaultError):
        slips.carry_out({"kind": "scout-flood"})


def test_a_message_is_written_as_scoutam_does():
    value = FileNews(7, "/scoutfs/a", 1_643_943_698.0, "").value()
    assert value.startswith(
        b'{"Inode": 7, "Filename": "/scoutfs/a",'
        b' "RequestTime": "2022-02-04 03:01:38 +0000 GMT", "CompleteTime": "2'
    )
    assert value.endswith(b' +0000 GMT", "Error": ""}')


def test_wishes_outlive_the_daemon_and_are_wished_once(tmp_path):
    index = Index(tmp_path / "site.db")
    wishes = Wishes(index)
    assert wishes.add(["/a", "/b", "/a"], "t", 1.0) == ["/a", "/b"]
    assert wishes.add(["/b", "/c"], "t", 2.0) == ["/c"]
    wishes.done(["/a", "/a", "/never"])
    index.close()
    index = Index(tmp_path / "site.db")
    assert sorted(Wishes(index).open) == ["/b", "/c"]
    index.close()
