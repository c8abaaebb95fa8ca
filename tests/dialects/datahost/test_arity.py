"""Row 25: a variable that is set takes its argument off the line; each subset, each command."""

import itertools
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from waystation_client.datahost.address import parsed
from waystation_client.datahost.arguments import FORMS, VARIABLES, read, wanted
from waystation_client.datahost.jar import jar_of
from waystation_client.datahost.proxies import proxy_for
from waystation_client.errors import MalformedError, NotConfiguredError

# The forms of the document (contract row 22 and 27), word for word.
OLD = {
    "login": "host user password",
    "logout": "host user",
    "ls": "host user",
    "rm": "host user filename",
    "put": "host user filename",
    "get": "host user filename",
    "ssl-put": "host user cert key filename",
    "ssl-get": "host user cert key filename",
}
SUBSETS = [set(names) for n in range(6) for names in itertools.combinations(sorted(VARIABLES), n)]


def test_row_22_the_eight_names_and_their_orders():
    assert {name: " ".join(form.arguments) for name, form in FORMS.items()} == OLD


@pytest.mark.parametrize("name", OLD)
@pytest.mark.parametrize("variables", SUBSETS, ids=lambda names: "+".join(sorted(names)) or "none")
def test_row_25_a_set_variable_drops_its_argument(name, variables):
    environment = {VARIABLES[each]: f"{each} by variable" for each in variables}
    left = [each for each in OLD[name].split() if each not in variables]
    form = FORMS[name]
    assert list(wanted(form, environment)) == left
    given = read(form, [f"{each} on the line" for each in left], environment)
    assert given.values == {
        each: f"{each} by variable" if each in variables else f"{each} on the line"
        for each in OLD[name].split()
    }
    assert given.on_line == set(left)
    with pytest.raises(MalformedError):
        read(form, ["x"] * (len(left) + 1), environment)
    # What may be found elsewhere (prompt, the user's proxy) may be left out, nothing else.
    short = [each for each in left if each not in form.optional]
    if len(short) < len(left):
        assert set(read(form, short, environment).on_line) == set(short)
    for n in range(len(left)):
        if n != len(short):
            with pytest.raises(MalformedError):
                read(form, ["x"] * n, environment)


def test_row_25_an_empty_variable_is_not_set():
    assert wanted(FORMS["ls"], {"DATAHOST_USER": ""}) == ("host", "user")


def test_row_22_the_scripts_are_what_the_package_installs():
    scripts = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    for name in OLD:
        module, _, function = scripts["project"]["scripts"][f"datahost-{name}"].partition(":")
        assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize(
    ("text", "scheme", "netloc", "prefix"),
    [
        ("data.example.org", "https", "data.example.org", ""),
        ("data.example.org:25443", "https", "data.example.org:25443", ""),
        ("https://d.example.org:25443/datahost/transmit/", "https", "d.example.org:25443", ""),
        ("https://d.example.org/datahost/receive/", "https", "d.example.org", ""),
        ("https://d.example.org/site/datahost/", "https", "d.example.org", "/site"),
        ("http://127.0.0.1:8000", "http", "127.0.0.1:8000", ""),
        ("[::1]:8443", "https", "[::1]:8443", ""),
    ],
)  # fmt: skip
def test_row_29_the_address_may_be_the_whole_url(text, scheme, netloc, prefix):
    at = parsed(text)
    assert (at.scheme, at.netloc, at.prefix) == (scheme, netloc, prefix)
    assert at.path("transmit") == f"{prefix}/datahost/transmit/"


@pytest.mark.parametrize("text", ["", "ftp://x", "https://", "https://x:y", "https://me:pw@x"])
def test_addresses_that_are_none(text):
    with pytest.raises(NotConfiguredError):
        parsed(text)


@pytest.mark.parametrize(
    ("environment", "straight"),
    [
        ({}, False),
        ({"DATAHOST_NOPROXY": "*"}, True),
        ({"DATAHOST_NOPROXY": "other.org, data.example.org"}, True),
        ({"DATAHOST_NOPROXY": ".example.org"}, True),
        ({"DATAHOST_NOPROXY": "ample.org"}, False),
        ({"NO_PROXY": "example.org"}, True),
        ({"no_proxy": "data.example.org:8443"}, True),
        ({"no_proxy": "data.example.org:1"}, False),
    ],
)
def test_row_24_what_bypasses_the_proxy(environment, straight):
    said = {"https_proxy": "http://me:p%40ss@proxy.example.org:3128", **environment}
    found = proxy_for(parsed("data.example.org:8443"), said)
    assert (found is None) == straight
    if found is not None:
        assert (found.host, found.port) == ("proxy.example.org", 3128)
        assert found.headers == {"Proxy-Authorization": "Basic bWU6cEBzcw=="}


def test_row_23_the_jar_is_at_a_fixed_place(tmp_path):
    at = parsed("https://data.example.org:8443")
    jar = jar_of(at, "ana/../x", {"XDG_STATE_HOME": str(tmp_path)})
    assert jar.path == tmp_path / "datahost" / "data.example.org:8443_ana%2F..%2Fx.cookies"
    assert jar_of(at, "ana", {"XDG_STATE_HOME": "relative"}).path.is_relative_to(Path.home())
