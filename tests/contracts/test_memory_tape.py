"""The tape system in memory keeps the promises that every other one keeps."""

import itertools

import pytest

from waystation_testing.memory_tape import MemoryTape
from waystation_testing.tape import TapeBackendContract


class MemoryWorld:
    """A `TapeWorld`; the tape itself is the system, every caller sees the same one."""

    deadline_s = 2.0
    patience_s = 2.0

    def __init__(self) -> None:
        self.tape = MemoryTape()
        self._names = itertools.count()

    def backend(self):
        return self.tape

    def nearline(self, count):
        return [
            self.tape.put(f"/arc/f{n}", tape=f"T{n % 2}", position=1_000 * n)
            for n in itertools.islice(self._names, count)
        ]

    def missing(self):
        return "/arc/no such file"

    def content_is_right(self, path):
        return self.tape.files[path].residency.on_disk

    def accepted(self):
        return len(self.tape.calls)

    def break_file(self, path):
        self.tape.bad[path] = "read error"

    def hold(self):
        self.tape.instant = False

    def let_go(self):
        self.tape.instant = True
        self.tape.bring()

    def die(self):
        self.tape.down = "it is gone"
        self.tape.forget()

    def revive(self):
        self.tape.down = ""

    def freeze(self):
        self.tape.down = "it does not answer"

    def thaw(self):
        self.tape.down = ""

    def recall_and_die(self, wanted, after_s):
        del after_s
        self.tape.recall(wanted)

    def wrong_settings(self):
        return {}


class TestMemoryTape(TapeBackendContract):
    @pytest.fixture
    def world(self):
        return MemoryWorld()
