"""Sources of jobs as the settings name them."""

import pytest
from pydantic import ValidationError

from waystation.bootstrap.feeders import feeds
from waystation.settings import Settings
from waystation.settings.jobs import Jobs

KINDS = {
    "drop": {"kind": "directory", "account": "ana", "path": "/srv/jobs"},
    "panda": {
        "kind": "panda",
        "account": "prod",
        "url": "https://panda.example.org:25443/server/panda",
        "site": "SITE",
        "heartbeat_s": 600,
        "proxy": "/run/proxy.pem",
    },
}


def test_each_kind_is_made_in_the_order_of_the_settings(tmp_path):
    found = feeds(Settings(data_dir=tmp_path, jobs=Jobs.model_validate({"sources": KINDS})))
    assert [each.name for each in found] == [each.source.name for each in found] == list(KINDS)
    assert [each.account for each in found] == ["ana", "prod"]
    assert found[1].interval.total_seconds() == 600
    assert all(each.source.check_config() for each in found), "neither is there"
    for each in found:
        each.source.close()


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "none", "account": "a"},
        {"kind": "directory", "path": "/x"},
        {"kind": "directory", "account": "", "path": "/x"},
        {**KINDS["panda"], "url": "ftp://x"},
        {**KINDS["panda"], "space": "lab"},
        {**KINDS["panda"], "attempts": 0},
    ],
)
def test_what_cannot_be_is_refused(said):
    with pytest.raises(ValidationError):
        Jobs.model_validate({"sources": {"x": said}})
