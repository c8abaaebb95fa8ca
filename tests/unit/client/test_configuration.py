"""Where the token is kept, and to whom it is given."""

import stat

import pytest

from waystation_client import configuration
from waystation_client.configuration import Connection
from waystation_client.errors import NotConfiguredError


def test_what_login_keeps_is_private_and_comes_back(tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    path = configuration.save(Connection("https://a.example", 'way_1_"x"'), environment)
    assert path == tmp_path / "waystation" / "client.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert configuration.load(environment) == Connection("https://a.example", 'way_1_"x"')


def test_a_stored_token_never_goes_to_another_server(tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    configuration.save(Connection("https://a.example", "secret"), environment)
    environment["WAYSTATION_URL"] = "https://b.example"
    assert configuration.load(environment).token is None
    environment["WAYSTATION_URL"] = "https://a.example/"
    assert configuration.load(environment).token == "secret"
    environment["WAYSTATION_TOKEN"] = "other"
    assert configuration.load(environment).token == "other"


def test_nothing_known_or_a_broken_file_is_said_plainly(tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    with pytest.raises(NotConfiguredError) as caught:
        configuration.load(environment)
    assert "way login" in caught.value.next_step
    path = configuration.file_path(environment)
    path.parent.mkdir()
    path.write_text("url = ")
    with pytest.raises(NotConfiguredError):
        configuration.load(environment)
