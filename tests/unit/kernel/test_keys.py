"""Secrets of an installation: made once, whoever asks first, readable by nobody else."""

from concurrent.futures import ThreadPoolExecutor

from waystation.kernel.keys import load_or_make


def test_many_at_once_get_the_same_one(tmp_path):
    place = tmp_path / "keys" / "read"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: load_or_make(place), range(32)))
    assert len(found) == 1
    assert len(found.pop()) >= 48
    assert place.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in place.parent.iterdir()] == ["read"]
