"""Kind `arc_rest`: an ARC computing element by its REST interface, in bulk."""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from waystation.backends.batch.arc import outcome
from waystation.backends.batch.arc.description import xrsl
from waystation.backends.batch.arc_rest import published
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.backends.batch.arc_rest.delegations import Delegations, ProxyError
from waystation.backends.batch.arc_rest.wire import Item, Wire, is_id
from waystation.backends.batch.hands import bundle, wanting
from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands.alone import alone
from waystation.backends.batch.hands.bring import arriving
from waystation.backends.batch.hands.bundle import BUNDLE
from waystation.backends.batch.hands.folder import Ended, Trace
from waystation.domains.jobs.entities import BatchAbility, Depth, RunState, Sight, Taken, Task
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.domains.jobs.ports import Wallet
from waystation.kernel.clock import Clock

log = logging.getLogger(__name__)

_KEPT_S = 7 * 86_400
_PIECE = 2**20
_MOST = 2**16
_CREATED = "201"
_FULL = "no more jobs"
_NOT_OVER = frozenset({RunState.QUEUED, RunState.HELD, RunState.RUNNING, RunState.ENDING})
NOBODY = 0
"""Owner of what is delegated for all."""
NO_PROXY = "Its owner has no grid proxy here that is good: run `act proxy`, and it is sent."
PROXY_ENDED = "The grid proxy of its owner has ended: run `act proxy`, so that it can go on."
OUR_PROXY_ENDED = "The grid proxy that it was given has ended: an operator has to renew it."
_EARLY = frozenset({"ACCEPTING", "ACCEPTED", "PREPARING"})


class RestBatch:
    """`Batch` of a computing element. Its handles are A-REX' ids."""

    def __init__(
        self, config: RestConfig, clock: Clock, place: Path, wallet: Wallet | None = None
    ) -> None:
        self._config = config
        self._place = place
        self._wallet = wallet
        self._wire = Wire(config, clock)
        self._names: dict[str, str] = {}
        folder = place / "delegations"
        self._delegations = Delegations(self._wire, clock, folder, self._credential)

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
        config = self._config
        found = []
        if urlsplit(config.url).scheme != "https":
            found.append("The address of A-REX begins with https://.")
        if config.delegate and config.proxy is None:
            found.append("There is no proxy of which one could be delegated.")
        files = (config.proxy, config.token_file, config.ca_file, config.ca_dir)
        missing = [each for each in files if each is not None and not os.access(each, os.R_OK)]
        return found + [f"{each} cannot be read by this process." for each in missing]

    def objection(self, task: Task) -> str | None:
        """As the port promises."""
        words = wanting.objection(task)
        return words or (f"{self.name} has no GPUs for jobs." if task.resources.gpus else None)

    def wants(self, owner: int) -> str | None:
        """As the port promises."""
        if self._config.credentials == "cluster":
            return None
        try:
            return None if self._delegations.can(owner) else NO_PROXY
        except ProxyError:
            return NO_PROXY

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """As the port promises."""
        if not tasks:
            return {}
        refused = {task.key: words for task in tasks if (words := self.objection(task))}
        taken = {key: Taken(words=words) for key, words in refused.items()}
        left = [task for task in tasks if task.key not in refused]
        with alone(self._place):
            found = self._find(left)
            fresh = [task for task in left if task.key not in found]
            named = self._delegated(fresh)
            taken |= {task.key: Taken(words=NO_PROXY, waits=True) for task in fresh
                      if named.get(task.owner, "") is None}  # fmt: skip
            new = self._hand_over([task for task in fresh if task.key not in taken], named)
            known = {key: each.handle for key, each in new.items()} | found
            self._upload([task for task in left if known.get(task.key)], known, set(found))
        return taken | new | {key: Taken(job) for key, job in found.items()}

    def find(self, tasks: Sequence[Task]) -> Mapping[str, str]:
        """As the port promises."""
        with alone(self._place):
            return self._find(tasks)

    def look(self, runs: Mapping[str, Path]) -> Mapping[str, Sight]:
        """As the port promises."""
        if not runs:
            return {}
        known = self._wire.jobs(outcome.REST)
        seen = {job: self._sight(job, known.get(job)) for job in runs}
        return seen | self._renewed(runs, seen)

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """As the port promises."""
        words = {}
        for job, folder in runs.items():
            if not is_id(job) or self._wire.names(job, "") is None:
                words[job] = "A-REX has its files no more."
                continue
            names = bundle.wanted(folder)
            try:
                for path in self._files(job):
                    if bundle.comes_home(path, names):
                        with arriving(folder, path, None) as target, \
                                self._wire.reading(job, path) as pieces:  # fmt: skip
                            for piece in pieces:
                                target.write(piece)
            except OSError as problem:
                raise BatchUnavailableError(
                    f"Files of {job} cannot be brought: {problem.strerror}."
                ) from problem
        return words

    def cancel(self, handles: Sequence[str]) -> None:
        """As the port promises.

        A-REX ends the batch system's job; some of its scripts leave the processes behind, so the
        guard is told too.
        """
        if not any(map(is_id, handles)):
            return
        known = self._wire.jobs(outcome.REST)
        alive = [job for job in handles if _state(known.get(job)) in _NOT_OVER]
        for job in alive:
            self._stop(job)
        self._wire.act("kill", alive)

    def clean(self, handles: Sequence[str]) -> None:
        """As the port promises."""
        self._wire.act("clean", handles)

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """As the port promises."""
        if stream not in {"stdout", "stderr"} or limit <= 0:
            return b""
        there = self._wire.read(handle, stream, offset, limit) if is_id(handle) else b""
        return there or folders.tail(folder, stream, offset, limit)

    def depth(self) -> Depth:
        """As the port promises."""
        return published.depth(self._wire.info())

    def close(self) -> None:
        """As the port promises."""
        self._wire.close()

    # ------------------------------------------------------------------------------------ submit

    def _hand_over(
        self, tasks: Sequence[Task], delegations: Mapping[int, str | None]
    ) -> dict[str, Taken]:
        """Submit tasks that it does not have; what is known of each."""
        ready: list[Task] = []
        problem: OSError | None = None
        for task in tasks:
            try:
                bundle.pack(task, None)
                name = delegations.get(task.owner) or ""
                folders.note(task.folder, "delegation", name.encode())
                folders.note(task.folder, "arc", b"asked")
                ready.append(task)
            except OSError as one:
                problem = one
        if not ready:
            if problem is None:
                return {}
            raise BatchUnavailableError(
                f"Jobs cannot be prepared: {problem.filename}: {problem.strerror}."
            ) from problem
        texts = [self._describe(task, delegations.get(task.owner)) for task in ready]
        answers = self._wire.new(texts[0] if len(texts) == 1 else "+" + "".join(
            f"({text})" for text in texts))  # fmt: skip
        if len(answers) != len(ready):
            raise BatchUnavailableError("A-REX did not say what became of each job.")
        taken = {}
        for task, answer in zip(ready, answers, strict=True):
            became = _became(answer)
            if became is not None:
                taken[task.key] = became
            with suppress(OSError):  # then it is found by its name
                folders.note(task.folder, "arc", became.handle.encode() if became else b"")
        return taken

    def _describe(self, task: Task, delegation: str | None) -> str:
        text = xrsl(task, self._config.python)
        return f'{text}(delegationid="{delegation}")' if delegation else text

    def _upload(self, tasks: Sequence[Task], known: Mapping[str, str], before: set[str]) -> None:
        """Give jobs their bundles; again to those whose upload may have been cut off."""
        states = self._wire.jobs(outcome.REST) if before else {}
        for task in tasks:
            job = known[task.key]
            place = task.folder / folders.WAY / BUNDLE
            if task.key in before:
                if states.get(job) not in _EARLY:
                    continue
                bundle.pack(task, None)
            self._wire.put(job, BUNDLE, _pieces(place), place.stat().st_size)
            bundle.unpacked(task)

    # --------------------------------------------------------------------------------- delegation

    def _credential(self, owner: int) -> bytes | None:
        if self._config.credentials == "owner":
            return self._wallet.proxy(owner) if self._wallet is not None and owner else None
        assert self._config.proxy is not None
        return self._config.proxy.read_bytes()

    def _delegated(self, tasks: Sequence[Task]) -> Mapping[int, str | None]:
        """Names of delegations by owner: None of who has no proxy, none where none is wanted."""
        if self._config.credentials == "owner":
            return {owner: self._delegation(owner) for owner in {task.owner for task in tasks}}
        if not self._config.delegate or not tasks:
            return {}
        name = self._delegations.of(NOBODY)
        if name is None:
            raise BatchUnavailableError("Our proxy ends too soon to be delegated: renew it.")
        return {task.owner: name for task in tasks}

    def _delegation(self, owner: int) -> str | None:
        """Of one owner; what is wrong with his proxy is in nobody else's way."""
        try:
            return self._delegations.of(owner)
        except ProxyError as problem:
            log.warning("account %d at %s: %s", owner, self.name, problem.sentence)
            return None

    def _renewed(self, runs: Mapping[str, Path], seen: Mapping[str, Sight]) -> dict[str, Sight]:
        """Renew delegations of runs that are not over; those whose has ended all the same."""
        owners = self._config.credentials == "owner"
        if not (owners or self._config.delegate):
            return {}
        noted: dict[str, str] = {}

        def used() -> set[str]:
            alive = {job: runs[job] for job, sight in seen.items() if sight.state in _NOT_OVER}
            noted.update((job, folders.noted(folder, "delegation").decode("latin-1"))
                         for job, folder in alive.items())  # fmt: skip
            return set(noted.values())

        over = self._delegations.renew(used)
        words = PROXY_ENDED if owners else OUR_PROXY_ENDED
        return {job: replace(seen[job], words=words) for job, name in noted.items()
                if name in over}  # fmt: skip

    # -------------------------------------------------------------------------------------- looks

    def _find(self, tasks: Sequence[Task]) -> dict[str, str]:
        """By what is noted beside them; only where an answer was lost all jobs are looked at."""
        noted = {task.key: folders.noted(task.folder, "arc").decode("ascii", "replace")
                 for task in tasks}  # fmt: skip
        found = {key: job for key, job in noted.items() if is_id(job)}
        lost = {key for key, said in noted.items() if said == "asked"} - found.keys()
        if lost:
            for job in self._wire.jobs(outcome.REST):
                if job not in self._names:
                    self._names[job] = _name(self._wire.diagnose(job, "local"))
                if self._names[job] in lost:
                    found[self._names[job]] = job
        return found

    def _sight(self, job: str, word: str | None) -> Sight:
        if word is None:
            return Sight(RunState.GONE, words="A-REX knows nothing of it.")
        state = _state(word) or RunState.UNKNOWN
        if state in _NOT_OVER or state in {RunState.GONE, RunState.UNKNOWN}:
            return Sight(state, word)
        trace = self._trace(job)
        failed = "" if trace.ended else self._wire.diagnose(job, "failed").strip()
        return outcome.sight(state, word, failed, trace)

    def _trace(self, job: str) -> Trace:
        try:
            data = self._wire.read(job, f"{folders.WAY}/ended", 0, _MOST)
            return Trace(claimed=True, ended=msgspec.json.decode(data, type=Ended))
        except msgspec.MsgspecError:
            return Trace()

    def _files(self, job: str) -> Iterator[str]:
        """All files of a job, below its folder."""
        waiting = [""]
        while waiting:
            here = waiting.pop()
            files, below = self._wire.names(job, here) or ([], [])
            yield from (f"{here}{name}" for name in files if _is_name(name))
            waiting += [f"{here}{name}/" for name in below if _is_name(name)]

    def _stop(self, job: str) -> None:
        try:
            self._wire.put(job, f"{folders.WAY}/stop", b"", 0)
        except BatchUnavailableError:
            return  # it has no folder yet, or none any more; A-REX is told to end it anyhow


def _state(word: str | None) -> RunState | None:
    return outcome.REST.get(word or "")


def _became(answer: Item) -> Taken | None:
    """What A-REX did with one job; None is that it has no room now."""
    job = str(answer.get("id", ""))
    if str(answer.get("status-code")) == _CREATED and is_id(job):
        return Taken(job)
    reason = str(answer.get("reason", "")) or "no reason"
    return None if _FULL in reason.lower() else Taken(words=f"A-REX refused it: {reason}.")


def _name(local: str) -> str:
    lines: Iterable[str] = local.splitlines()
    return next((line[8:].strip() for line in lines if line.startswith("jobname=")), "")


def _is_name(text: str) -> bool:
    return bool(text) and "/" not in text and "\0" not in text and text not in {".", ".."}


def _pieces(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while data := file.read(_PIECE):
            yield data
