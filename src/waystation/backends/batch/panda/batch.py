"""Kind `panda`: jobs of a PanDA server, whose pilots run them anywhere."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from waystation.backends.batch.hands import bundle, wanting
from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands.alone import alone
from waystation.backends.batch.hands.folder import Began, Ended, Trace
from waystation.backends.batch.panda import words
from waystation.backends.batch.panda.config import PandaConfig
from waystation.backends.batch.panda.exchange import Exchange
from waystation.backends.batch.panda.server import RefusedError, Server
from waystation.backends.batch.panda.words import Told
from waystation.domains.jobs.entities import BatchAbility, Depth, RunState, Sight, Taken, Task
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import Clock

Said = TypeVar("Said")
_NOTE = "panda"
_ASKED = b"asked"
_AT_ONCE = 8
_KEPT_S = 3 * 86_400


class PandaBatch:
    """`Batch` of a PanDA server. Its handles are PanDA's number and our key."""

    def __init__(self, config: PandaConfig, clock: Clock, place: Path) -> None:
        self._config = config
        self._clock = clock
        self._place = place
        self._server = Server(config)
        self._exchange = Exchange(config)

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    @property
    def ability(self) -> BatchAbility:
        """As the port promises."""
        return BatchAbility(False, True, self._config.at_once, _KEPT_S)

    def check_config(self) -> list[str]:
        """As the port promises."""
        config, found = self._config, list[str]()
        for address, what in ((config.url, "PanDA"), (config.exchange, "the exchange")):
            if urlsplit(address).scheme != "https":
                found.append(f"The address of {what} begins with https://.")
        files = (config.proxy, config.token_file, config.exchange_token_file, config.ca_file,
                 config.ca_dir)  # fmt: skip
        missing = [each for each in files if each is not None and not os.access(each, os.R_OK)]
        return found + [f"{each} cannot be read by this process." for each in missing]

    def objection(self, task: Task) -> str | None:
        """As the port promises."""
        said = wanting.objection(task)
        return said or (f"{self.name} has no GPUs for jobs." if task.resources.gpus else None)

    def wants(self, owner: int) -> str | None:
        """As the port promises: nothing."""
        del owner
        return None

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """As the port promises."""
        if not tasks:
            return {}
        refused = {task.key: said for task in tasks if (said := self.objection(task))}
        taken = {key: Taken(words=said) for key, said in refused.items()}
        with alone(self._place):
            left = [task for task in tasks if task.key not in refused]
            taken |= {key: Taken(each) for key, each in self._find(left).items()}
            taken |= self._hand_over([task for task in left if task.key not in taken])
        return taken

    def find(self, tasks: Sequence[Task]) -> Mapping[str, str]:
        """As the port promises.

        PanDA cannot be asked by name. A job whose number was lost and that has not begun may be
        sent again: only one of the two can claim the run, and the other does nothing.
        """
        with alone(self._place):
            return self._find(tasks)

    def look(self, runs: Mapping[str, Path]) -> Mapping[str, Sight]:
        """As the port promises.

        One call tells of all; the exchange is asked only about those that are over.
        """
        numbers = {each: found for each in runs if (found := words.parted(each))}
        if not numbers:
            return {each: _gone() for each in runs}
        known = self._server.look([number for number, _ in numbers.values()])
        return {each: self._sight(*numbers[each], known) if each in numbers else _gone()
                for each in runs}  # fmt: skip

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """As the port promises."""
        said = {}
        for each, folder in runs.items():
            found = words.parted(each)
            try:
                if found is None or not self._exchange.fetch(found[1], folder):
                    said[each] = "Its outputs are not there any more."
            except OSError as problem:
                raise BatchUnavailableError(
                    f"Files of {each} cannot be brought: {problem.filename}: {problem.strerror}."
                ) from problem
        return said

    def cancel(self, handles: Sequence[str]) -> None:
        """As the port promises; what has not begun will find that it is not wanted."""
        known = [found for each in handles if (found := words.parted(each))]
        for _, key in known:
            self._exchange.stop(key)
        self._server.kill([number for number, _ in known])

    def clean(self, handles: Sequence[str]) -> None:
        """As the port promises: PanDA forgets by itself, and the exchange is told to."""
        for each in handles:
            if found := words.parted(each):
                self._exchange.forget(found[1])

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """As the port promises; what is there is as old as the last beat of the job."""
        if stream not in {"stdout", "stderr"} or limit <= 0:
            return b""
        found = words.parted(handle)
        there = self._exchange.read(found[1], stream, offset, limit) if found else b""
        return there or folders.tail(folder, stream, offset, limit)

    def depth(self) -> Depth:
        """As the port promises; PanDA does not tell how many slots a site has."""
        counts = self._server.counts(self._config.site)
        waiting = sum(counts.get(word, 0) for word in words.WAITING)
        return Depth(None, None, waiting, counts.get("running", 0))

    def close(self) -> None:
        """As the port promises."""
        self._server.close()
        self._exchange.close()

    # ------------------------------------------------------------------------------------ submit

    def _hand_over(self, tasks: Sequence[Task]) -> dict[str, Taken]:
        """Submit tasks that it does not have; what is known of each."""
        ready = list[tuple[Task, Path]]()
        problem: OSError | None = None
        for task in tasks:
            try:
                ready.append((task, bundle.pack(task, None)))
            except OSError as one:
                problem = one
        if not ready:
            if problem is None:
                return {}
            raise BatchUnavailableError(
                f"Jobs cannot be prepared: {problem.filename}: {problem.strerror}."
            ) from problem
        with ThreadPoolExecutor(_AT_ONCE) as crew:
            list(crew.map(lambda each: self._give(*each), ready))
        return self._submit([task for task, _ in ready])

    def _give(self, task: Task, place: Path) -> None:
        self._exchange.give(task.key, place)
        bundle.unpacked(task)

    def _submit(self, ready: list[Task]) -> dict[str, Taken]:
        """Tell PanDA of tasks whose bundles can be had."""
        text = words.described(self._config, ready, self._exchange.program())
        _note(ready, _ASKED)
        try:
            numbers = self._server.submit(text)
        except RefusedError as refusal:
            _note(ready, b"")
            raise BatchUnavailableError(f"PanDA did not take jobs: {refusal}.") from refusal
        if len(numbers) != len(ready):
            raise BatchUnavailableError("PanDA did not say what became of each job.")
        taken = {}
        for task, number in zip(ready, numbers, strict=True):
            _note([task], str(number or "").encode())
            if number:
                taken[task.key] = Taken(words.handle(number, task.key))
        return taken

    # -------------------------------------------------------------------------------------- looks

    def _find(self, tasks: Sequence[Task]) -> dict[str, str]:
        """By what is noted beside them; where an answer was lost, by who has begun."""
        found = {}
        for task in tasks:
            noted = folders.noted(task.folder, _NOTE)
            if noted.isdigit():
                found[task.key] = words.handle(int(noted), task.key)
            elif noted == _ASKED:
                began = self._said(task.key, "began", Began)
                other = words.parted(began.id) if began is not None else None
                if other is not None and other[1] == task.key:
                    found[task.key] = words.handle(*other)
        return found

    def _sight(self, number: int, key: str, known: Mapping[int, Told]) -> Sight:
        told = known.get(number)
        if told is None:
            return _gone()
        if told.state not in words.OVER:
            return words.sight(told, Trace(), self._now)
        ended = self._said(key, "ended", Ended)
        if ended is not None:
            return words.sight(told, Trace(claimed=True, ended=ended), self._now)
        if not self._exchange.is_there(key):
            return _gone()
        began = self._said(key, "began", Began)
        other = words.parted(began.id) if began is not None else None
        if other is not None and other[0] != number and other[1] == key:
            # The answer to our first try was lost, and that one has the run.
            told = self._server.look([other[0]]).get(other[0], told)
        return words.sight(told, Trace(began is not None, began, ended), self._now)

    @property
    def _now(self) -> datetime:
        return self._clock.now()

    def _said(self, key: str, name: str, kind: type[Said]) -> Said | None:
        try:
            return msgspec.json.decode(self._exchange.read(key, name), type=kind)
        except msgspec.MsgspecError:
            return None


def _gone() -> Sight:
    return Sight(RunState.GONE, words="PanDA knows nothing of it, or its files are gone.")


def _note(tasks: Sequence[Task], data: bytes) -> None:
    for task in tasks:
        folders.note(task.folder, _NOTE, data)
