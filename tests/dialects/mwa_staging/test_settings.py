"""Off until it is said who may call, as whom, and where."""

import pytest
from pydantic import ValidationError

from waystation.settings.dialects import MwaStaging

GOOD = {"listen": "127.0.0.1:8000", "networks": ["10.0.0.0/8"], "account": "mwa", "store": "mwa"}


def test_it_is_off_by_itself():
    assert MwaStaging().listen == ""


@pytest.mark.parametrize("missing", ["networks", "account", "store"])
def test_a_listener_needs_all_the_rest(missing):
    with pytest.raises(ValidationError, match=missing):
        MwaStaging(**{name: value for name, value in GOOD.items() if name != missing})


def test_where_it_listens():
    assert MwaStaging(**GOOD).at == ("127.0.0.1", 8000)
    assert MwaStaging(**{**GOOD, "listen": "[::1]:80"}).at == ("::1", 80)
    for wrong in ("8000", "here", "::1:80", "a:b"):
        with pytest.raises(ValidationError):
            MwaStaging(**{**GOOD, "listen": wrong})
