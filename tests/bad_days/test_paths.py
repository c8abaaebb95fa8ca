"""Names and links that try to reach what is not in the store, as far as the tape system."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from waystation.backends.tape.spectrum_archive.backend import SpectrumArchive
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.entities import RecallList, Residency
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite

HOSTILE = ["--help", "-x", "recall", "relative/name", "/a\n/etc/passwd", "/a\0b", "/a\rb"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("links")
    (home / "source" / "run").mkdir(parents=True)
    for n in range(6):
        (home / "source" / "run" / f"f{n}").write_bytes(random.Random(n).randbytes(5_000))
    running = RunningSite(home / "site", speed_up=4_000)
    running.archive(home / "source", SiteSettings(drives=2), tapes=2)
    (home / "lists").mkdir(mode=0o700)
    outside = home / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not yours")
    cache = running.cache
    (cache / "way out").symlink_to(outside)
    (cache / "upwards").symlink_to("../../outside")
    (cache / "secret").symlink_to(outside / "secret")
    (cache / "round").symlink_to("run")
    (cache / "loop").symlink_to("loop")
    with running:
        yield running


@pytest.fixture
def backend(site):
    return SpectrumArchive(_config(site), SystemClock())


def _config(site):
    return EeadmConfig(
        eeadm=site.eeadm,
        list_dir=site.site.root.parent / "lists",
        roots=(site.cache,),
        xattr="user.dmapi.IBMTPS",
        command_timeout_s=5,
    )


@pytest.mark.parametrize("name", ["way out/secret", "upwards/secret", "secret", "loop/x", "loop"])
def test_a_link_that_leads_out_is_never_followed(site, backend, name):
    (report,) = backend.locate([str(site.cache / name)])
    assert not report.residency.on_disk
    assert report.words
    assert report.size_bytes in {None, len(str(site.site.root.parent / "outside" / "secret"))}


def test_eeadm_is_not_even_asked_about_what_is_outside(site):
    blind = replace(_config(site), xattr="", eeadm=Path("/bin/false"))
    paths = [str(site.cache / n) for n in ("way out/secret", "upwards/secret")]
    reports = SpectrumArchive(blind, SystemClock()).locate(paths)
    assert {r.residency for r in reports} == {Residency.MISSING}
    with pytest.raises(BackendUnavailableError):
        SpectrumArchive(blind, SystemClock()).locate([str(site.cache / "run" / "f0")])


def test_a_link_inside_the_store_is_no_harm(site, backend):
    (report,) = backend.locate([str(site.cache / "round" / "f1")])
    assert report.residency in {Residency.NEARLINE, Residency.ONLINE}


def test_releasing_what_is_outside_touches_nothing(site, backend):
    secret = site.site.root.parent / "outside" / "secret"
    before = secret.stat()
    backend.release([str(site.cache / "way out" / "secret")])
    assert secret.stat() == before
    assert secret.read_text() == "not yours"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_become_an_option_or_a_second_line(backend, name):
    with pytest.raises(BackendRefusedError):
        backend.recall(RecallList("w-1", (name,)))
    (report,) = backend.locate([name])
    assert not report.residency.on_disk
    backend.release([name])
    backend.cancel(name, [name])


def test_a_name_with_the_mark_of_a_list_line_is_refused_before_it_is_written(site, backend):
    path = str(site.cache / "run" / "f2 -- /etc/passwd")
    with pytest.raises(BackendRefusedError):
        backend.recall(RecallList("w-2", (path,)))
    assert not list(Path(_config(site).list_dir).glob("*w-2*"))
