"""`waystation doctor` about the grid port, the origin for pictures, and the broker for news."""

import pytest

from certificates import Authority
from real.kafka_broker import Noida, make_topic


@pytest.fixture
def grid(tmp_path):
    """An authority's folder and the settings of a grid port that uses it."""
    authority = Authority(tmp_path / "ca")
    trusted, host = authority.directory, authority.host()

    def toml(**other: object) -> str:
        said = {"port": 8443, "certificate": host.certificate, "key": host.key, "ca_dir": trusted}
        words = "\n".join(f'{k} = "{v}"' for k, v in {**said, **other}.items() if k != "port")
        return f"[grid]\nport = 8443\n{words}\n".replace('"true"', "true")

    return authority, trusted, toml


def test_a_grid_port_that_is_well(waystation, grid):
    done = waystation(grid[2](), "doctor")
    assert "well   grid: certificate and key belong together; good until" in done.stdout
    assert "well   grid: 1 authorities in" in done.stdout


def test_a_grid_port_whose_files_are_of_no_use(waystation, grid, tmp_path):
    _, trusted, toml = grid
    done = waystation(toml(key=tmp_path / "nowhere"), "doctor")
    assert "wrong  grid: its files cannot be used" in done.stdout
    done = waystation("[grid]\nport = 8443\n", "doctor")
    assert "Set grid.certificate and grid.key." in done.stdout
    for each in trusted.iterdir():
        each.unlink()
    done = waystation(toml(), "doctor")
    assert "wrong  grid: 0 authorities" in done.stdout


def test_revocation_lists_that_are_asked_for(waystation, grid):
    authority, _, toml = grid
    done = waystation(toml(require_crls="true"), "doctor")
    assert "wrong  grid: 0 of them have a revocation list" in done.stdout
    assert "fetch-crl" in done.stdout
    authority.revoke()
    done = waystation(toml(require_crls="true"), "doctor")
    assert "well   grid: 1 of them have a revocation list" in done.stdout


def test_an_origin_that_browsers_cannot_use(waystation):
    web = '[web]\nurl = "https://stage.example.org"\ncontent_url = "http://content.invalid"\n'
    done = waystation(web, "doctor")
    assert "is http, and the pages are https" in done.stdout
    assert "content.invalid is not found" in done.stdout
    done = waystation('[web]\ncontent_url = "http://localhost:8300"\n', "doctor")
    assert "well   web.content_url: http://localhost:8300" in done.stdout


def test_a_broker_and_its_topics(waystation, tmp_path):
    away = '[notify.kafka]\ntopics = ["news"]\nclient = { "bootstrap.servers" = "127.0.0.1:1" }\n'
    done = waystation(away, "doctor")
    assert "wrong  notify.kafka: does not answer" in done.stdout
    broker = Noida(tmp_path / "broker").start()
    try:
        make_topic({"bootstrap.servers": broker.servers}, "here")
        toml = '[notify.kafka]\ntopics = ["here", "not-there"]\n'
        toml += f'client = {{ "bootstrap.servers" = "{broker.servers}" }}\n'
        done = waystation(toml, "doctor")
        assert "wrong  notify.kafka: the broker answers; it has 1 of the topics" in done.stdout
        assert "Make the topic not-there there." in done.stdout
    finally:
        broker.kill()
