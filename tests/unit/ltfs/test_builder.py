"""The back end as the settings say it."""

from pathlib import Path

import pytest

from waystation.backends.tape.ltfs.config import Tree
from waystation.bootstrap.tapes import ltfs, tape_backends
from waystation.kernel.errors import MalformedError
from waystation.settings import Settings


def settings(**more):
    return Settings(
        data_dir=Path("/srv/w"),
        backends={"tapes": {"kind": "ltfs", "drives": 3, **more}},
        stores={
            "a": {"backend": "tapes", "root": "/data/a"},
            "b": {"backend": "tapes", "root": "/data/b"},
        },
    )


def test_stores_become_trees_with_their_directories_on_tape():
    built = ltfs.make(settings(sources={"b": "archive/b"}, checksums="/srv/sums"), "tapes")
    config = built._config
    assert config.trees == (Tree(Path("/data/a")), Tree(Path("/data/b"), "archive/b"))
    assert (config.mount, config.drives) == (Path("/ltfs"), 3)
    assert config.list_dir == Path("/srv/w/lists/tapes")
    assert built.capabilities.slots == 3
    assert isinstance(tape_backends(settings())["tapes"], type(built))


def test_a_directory_for_a_store_that_is_none_of_ours_is_a_mistake():
    with pytest.raises(MalformedError, match="no store of this back end"):
        ltfs.make(settings(sources={"c": "archive"}), "tapes")
