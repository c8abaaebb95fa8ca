"""Engines that move between folders of one machine keep the promises of transfers' ports."""

import os

import pytest

from contracts.folders import Folders
from waystation.backends.transfer.local.way import LocalConfig, local_engine
from waystation.domains.transfers.entities import Endpoint, Kind, TaskState
from waystation.kernel.clock import SystemClock
from waystation_testing.transfer import EngineContract, ended, load_of, piece


class Local(Folders):
    """Two folders."""

    def engine(self):
        return local_engine(LocalConfig("local", "here"), SystemClock(), self.claims)


class TestLocal(EngineContract):
    @pytest.fixture
    def world(self, tmp_path):
        return Local(tmp_path)

    def test_links_lead_nowhere(self, world, engine, tmp_path):
        (tmp_path / "secret").write_text("secret")
        (world.places["from"] / "link").symlink_to(tmp_path / "secret")
        (world.places["from"] / "way").symlink_to(tmp_path)
        world.put("f.dat", b"secret")
        (world.places["to"] / "out").symlink_to(tmp_path)
        load = load_of(
            world,
            piece(1, "link", b"secret", "a"),
            piece(2, "way/secret", b"secret", "b"),
            piece(3, "f.dat", b"secret", "out/c"),
        )
        progress = ended(world, engine, engine.submit(load))
        assert set(progress.failed) == {1, 2, 3}
        assert not (tmp_path / "c").exists()
        assert world.names() == set()

    def test_what_is_there_and_right_is_not_moved_again(self, world, engine):
        world.put("f.dat", b"data")
        for times in (1, 2):
            load = load_of(world, piece(1, "f.dat", b"data"))
            assert ended(world, engine, engine.submit(load)).state is TaskState.DONE
            seen = (world.places["to"] / "f.dat").stat().st_ino
            if times == 1:
                before = seen
        assert seen == before

    def test_only_hosts_that_see_a_folder_move_from_it(self, world, engine):
        there = Endpoint(Kind.PATH, {"root": "/x", "hosts": "a here b"})
        assert engine.objection(there, world.target) is None
        there = Endpoint(Kind.PATH, {"root": "/x", "hosts": "a b"})
        assert "this is here" in str(engine.objection(there, world.target))
        assert engine.objection(world.source, Endpoint(Kind.PATH, {"root": "x"}))

    def test_a_file_of_another_size_is_not_taken(self, world, engine):
        world.put("f.dat", b"four")
        load = load_of(world, piece(1, "f.dat", b"fours"))
        assert "4 bytes" in ended(world, engine, engine.submit(load)).failed[1]

    def test_a_pipe_does_not_hold_it_up(self, world, engine):
        os.mkfifo(world.places["from"] / "pipe")
        load = load_of(world, piece(1, "pipe", b""))
        assert ended(world, engine, engine.submit(load)).state is TaskState.FAILED
