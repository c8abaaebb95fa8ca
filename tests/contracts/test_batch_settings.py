"""Batch systems as the settings name them."""

import pytest
from pydantic import ValidationError

from waystation.bootstrap import checks_jobs
from waystation.bootstrap.clusters import clusters
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings
from waystation.settings.jobs import Jobs

KINDS = {
    "here": {"kind": "local", "cores": 4},
    "arc": {"kind": "arc_internal", "run_as": "grid"},
    "site": {"kind": "arc_rest", "url": "https://ce.example.org/arex", "token_file": "/run/token"},
    "farm": {"kind": "slurm", "run_as": "grid", "options": ["--qos=data"], "conf": "/etc/s.conf"},
    "grid": {
        "kind": "panda",
        "url": "https://p.example.org/api/v1",
        "site": "SITE",
        "exchange": "https://d.example.org/dav/x",
        "proxy": "/run/proxy",
    },
    "pool": {"kind": "htcondor", "experimental": True, "options": {"+Site": '"here"'}},
}


PANDA = {"kind": "panda", "url": "https://p/api/v1", "site": "S", "exchange": "https://d/x"}


def made(said, tmp_path):
    jobs = Jobs.model_validate({"clusters": said})
    return clusters(Settings(data_dir=tmp_path, jobs=jobs), SystemClock())


def test_each_kind_is_made_in_the_order_of_the_settings(tmp_path):
    found = made(KINDS, tmp_path)
    assert list(found) == [batch.name for batch in found.values()] == list(KINDS)
    for batch in found.values():
        assert batch.ability.most >= 1
        batch.close()


def test_owners_need_a_way_to_give_their_proxies(tmp_path):
    said = {"site": {**KINDS["site"], "token_file": str(tmp_path), "credentials": "owner"}}
    settings = Settings(data_dir=tmp_path, jobs=Jobs.model_validate({"clusters": said}))
    told = dict(checks_jobs.jobs(settings))
    words = "Owners cannot give it their proxies: dialects.act.enabled is not true."
    assert told == {"jobs.clusters.site": words}
    act = settings.dialects.act.model_copy(update={"enabled": True})
    dialects = settings.dialects.model_copy(update={"act": act})
    told = dict(checks_jobs.jobs(settings.model_copy(update={"dialects": dialects})))
    assert "no grid.certificate" in told["jobs.clusters.site"]


def test_none_named_is_none(tmp_path):
    assert made({}, tmp_path) == {}


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "pbs"},
        {"kind": "local", "cores": -1},
        {"kind": "local", "core": 1},
        {},
        {"kind": "slurm", "python": "python3 -x"},
        PANDA,
        {**PANDA, "token_file": "/t", "exchange_token_file": "/t"},
        {**PANDA, "exchange": "https://d/x y", "proxy": "/p"},
        {"kind": "htcondor", "pool": "cm.example.org"},
        {"kind": "htcondor", "options": {"a = 1\nb": "c"}},
        {"kind": "htcondor", "options": {"a": "1\nqueue 1000"}},
    ],
    ids=[
        "kind",
        "number",
        "name",
        "nothing",
        "python",
        "proof",
        "vo",
        "words",
        "pool",
        "command",
        "lines",
    ],
)
def test_what_is_wrong_is_not_taken(said, tmp_path):
    with pytest.raises(ValidationError):
        made({"a": said}, tmp_path)
