"""Reading ahead of the disk."""

import os
import threading
from contextlib import closing
from pathlib import Path

import pytest

from unit.ltfs.small import Small
from waystation.backends.tape.ltfs.ahead import DEPTH, ahead
from waystation.backends.tape.ltfs.copying import LARGE
from waystation.domains.staging.entities import Outcome
from waystation_sim.ltfs.cartridges import wrote


def counting(count):
    left = iter([bytes([n % 255 + 1]) for n in range(count)])
    return lambda: next(left, b"")


def test_everything_comes_in_order():
    assert b"".join(ahead(counting(500))) == bytes([n % 255 + 1 for n in range(500)])
    assert list(ahead(counting(0))) == []


def test_an_error_comes_in_its_place():
    pieces = iter([b"a", b"b"])

    def take():
        for piece in pieces:
            return piece
        raise OSError(5, "Input/output error")

    came = ahead(take)
    assert [next(came), next(came)] == [b"a", b"b"]
    with pytest.raises(OSError, match="Input/output"):
        next(came)
    assert not reading()


def test_who_stops_taking_stops_the_reading():
    asked = []

    def take():
        asked.append(1)
        return b"x"

    with closing(ahead(take)) as pieces:
        assert next(pieces) == b"x"
    assert len(asked) <= DEPTH + 3
    assert not reading()


def reading():
    return [thread for thread in threading.enumerate() if thread.name == "ltfs-ahead"]


def test_a_large_file_comes_as_it_is(tmp_path):
    small = Small(tmp_path, files=1)
    place = small.on_tape(0)
    data = os.urandom(1 << 20) * (LARGE // (1 << 20)) + b"end"
    for name in os.listxattr(place):
        if "hash" in name:
            os.removexattr(place, name)
    place.write_bytes(data)
    wrote(small.mount / small.names[0])
    small.refresh()
    assert small.brought()[0].outcome is Outcome.ONLINE
    assert Path(small.paths[0]).read_bytes() == data
    assert 0 < small.entries()[0].first_s <= small.entries()[0].end_s
    assert not reading()
