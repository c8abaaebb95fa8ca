"""Kind `arc_internal`: an A-REX on this machine, without network service or host certificate."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from waystation.backends.batch.arc import outcome
from waystation.backends.batch.arc.description import xrsl
from waystation.backends.batch.arc_internal.control import Control, Entry, control_of, is_id
from waystation.backends.batch.arc_internal.credential import unsigned
from waystation.backends.batch.hands import bundle, sights, wanting
from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands.alone import alone
from waystation.backends.batch.hands.bring import bring
from waystation.backends.batch.hands.folder import Trace
from waystation.backends.batch.hands.program import Done, Person, missing, run
from waystation.domains.jobs.entities import BatchAbility, Depth, RunState, Sight, Taken, Task
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import Clock

_HELPER = Path(__file__).with_name("handing.py")
_BEAT_S = 300.0
_CHUNK = 200
_KEPT_S = 7 * 86_400
_FULL = "The disk of A-REX' control directory is full: make room, nothing is lost."
_UNREAD = "A-REX' control directory does not say how it stands."
_ASKED = b"asked"
_OVER = frozenset({"FINISHED", "DELETED"})


@dataclass(frozen=True, slots=True)
class InternalConfig:
    """One A-REX 6 of this machine.

    Attributes:
        name: of the cluster.
        run_as: A-REX' user, who is also the jobs'; needs root. Empty is who we are.
        conf: its `arc.conf`.
        python: interpreter of the guards on the nodes, 3.7 or later.
        helper: interpreter that has ARC's bindings.
        gm_jobs: A-REX' own command.
        proxy: file with a grid proxy for jobs that fetch or bring data themselves; None is none.
        at_once: jobs of one call.
        timeout_s: longest wait for one call, seconds.
    """

    name: str
    run_as: str = ""
    conf: Path = Path("/etc/arc.conf")
    python: str = "/usr/bin/python3"
    helper: str = "/usr/bin/python3"
    gm_jobs: str = "/usr/lib/arc/gm-jobs"
    proxy: Path | None = None
    at_once: int = 200
    timeout_s: float = 120.0


class InternalBatch:
    """`Batch` of an A-REX on this machine. Its handles are A-REX' ids."""

    def __init__(self, config: InternalConfig, clock: Clock, place: Path) -> None:
        self._config = config
        self._clock = clock
        self._place = place
        self._person = Person(config.run_as)
        self._seen: Control | None = None

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
        found = missing([config.helper, config.gm_jobs]) + self._person.complaints()
        try:
            place = control_of(config.conf)
        except (OSError, ValueError) as problem:
            return [*found, f"{config.conf} cannot be used: {problem}."]
        if not place.is_dir():
            found.append(f"There is no control directory {place}, or we may not see it.")
        return found

    def objection(self, task: Task) -> str | None:
        """As the port promises."""
        words = wanting.objection(task)
        return words or (f"{self.name} has no GPUs for jobs." if task.resources.gpus else None)

    def wants(self, owner: int) -> str | None:
        """As the port promises: nothing."""
        del owner
        return None

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """As the port promises."""
        if not tasks:
            return {}
        refused = {task.key: words for task in tasks if (words := self.objection(task))}
        taken = {key: Taken(words=words) for key, words in refused.items()}
        with alone(self._place):
            found = self._named([task for task in tasks if task.key not in refused])
            taken |= {key: Taken(job) for key, job in found.items()}
            taken |= self._hand_over([task for task in tasks if task.key not in taken])
        return taken

    def find(self, tasks: Sequence[Task]) -> Mapping[str, str]:
        """As the port promises."""
        with alone(self._place):
            return self._named(tasks)

    def look(self, runs: Mapping[str, Path]) -> Mapping[str, Sight]:
        """As the port promises."""
        if not runs:
            return {}
        entries = self._entries(runs)
        return {job: self._sight(entries[job]) if job in entries
                else Sight(RunState.GONE, words="A-REX knows nothing of it.")
                for job in runs}  # fmt: skip

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """As the port promises."""
        words: dict[str, str] = {}
        entries = self._entries(runs)
        for job, folder in runs.items():
            if job not in entries:
                words[job] = "A-REX has its files no more."
                continue
            entry = entries[job]
            if entry is None:
                raise BatchUnavailableError(f"A-REX' file about {job} cannot be read now.")
            try:
                bring(entry.session, folder, self._person.owner)
            except FileNotFoundError:
                words[job] = f"Its files are not in {entry.session} any more."
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
        entries = {job: each for job, each in self._entries(handles).items()
                   if each is None or each.state not in _OVER}  # fmt: skip
        for entry in entries.values():
            if entry is not None:
                self._stop(entry.session)
        self._ask("-k", list(entries))

    def clean(self, handles: Sequence[str]) -> None:
        """As the port promises."""
        self._ask("-r", list(self._entries(handles)))

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """As the port promises."""
        entry = self._entries([handle]).get(handle)
        if entry is None:
            return folders.tail(folder, stream, offset, limit)
        return folders.tail(entry.session, stream, offset, limit, self._person.owner)

    def depth(self) -> Depth:
        """As the port promises."""
        with self._reading():
            control = self._control()
            silent = control.silent_s()
            queued, running = control.counts()
            slots, full = control.slots(), control.is_full()
        lives = silent < _BEAT_S
        words = "" if lives else f"A-REX has said nothing for {silent:.0f} seconds."
        return Depth(slots, None, queued, running, lives and not full, _FULL if full else words)

    def close(self) -> None:
        """As the port promises: nothing is held."""

    def _hand_over(self, tasks: Sequence[Task]) -> dict[str, Taken]:
        """Submit tasks that it does not have; what is known of each."""
        ready: list[tuple[Task, str]] = []
        problem: OSError | None = None
        for task in tasks:
            try:
                place = bundle.pack(task, self._person.owner)
                folders.note(task.folder, "arc", _ASKED)
                ready.append((task, xrsl(task, self._config.python, str(place))))
            except OSError as one:
                problem = one
        if problem is not None and not ready:
            raise BatchUnavailableError(
                f"Jobs cannot be prepared: {problem.filename}: {problem.strerror}."
            ) from problem
        if not ready:
            return {}
        answers = self._help([text for _, text in ready])
        taken = {}
        for (task, _), answer in zip(ready, answers, strict=True):
            bundle.unpacked(task)
            if answer:
                taken[task.key] = Taken(answer.get("id", ""), answer.get("words", ""))
                with suppress(OSError):  # then it is found by its name
                    folders.note(task.folder, "arc", answer.get("id", "").encode())
        if not taken:
            with self._reading():
                full = self._control().is_full()
            raise BatchUnavailableError(
                _FULL if full else "A-REX took none of the jobs; its log says why."
            )
        return taken

    def _help(self, texts: list[str]) -> list[dict[str, str]]:
        proxy = self._config.proxy
        with self._reading():
            credential = proxy.read_text() if proxy else unsigned(self._clock)
        words = [self._config.helper, "-I", "-c", _HELPER.read_text()]
        done = self._run(words, json.dumps({"credential": credential, "jobs": texts}))
        try:
            answers = msgspec.json.decode(done.out, type=list[dict[str, str]])
        except msgspec.MsgspecError:
            answers = []
        if done.code or len(answers) != len(texts):
            raise BatchUnavailableError(f"ARC's INTERNAL interface failed: {done.words}.")
        return answers

    def _ask(self, option: str, jobs: Sequence[str]) -> None:
        """Have A-REX' own command do something to jobs."""
        for n in range(0, len(jobs), _CHUNK):
            words = [self._config.gm_jobs, "-c", str(self._config.conf)]
            for job in jobs[n : n + _CHUNK]:
                words += [option, job]
            done = self._run(words)
            if done.code:
                raise BatchUnavailableError(f"A-REX was not reached: {done.words}.")

    def _run(self, words: Sequence[str], text: str = "") -> Done:
        more = {"ARC_CONFIG": str(self._config.conf)}
        return run(words, self._person, self._config.timeout_s, more=more, text=text)

    def _named(self, tasks: Sequence[Task]) -> dict[str, str]:
        if not tasks:
            return {}
        with self._reading():
            control = self._control()
            found = control.named(task.key for task in tasks)
        noted = {task.key: folders.noted(task.folder, "arc") for task in tasks}
        found |= {key: job for key, said in noted.items() if is_id(job := said.decode("latin-1"))
                  and said != _ASKED}  # fmt: skip
        lost = [key for key, said in noted.items() if said == _ASKED and key not in found]
        if lost and control.unread:
            raise BatchUnavailableError(
                f"A-REX' file about {min(control.unread)} cannot be read, so it is not known "
                "whether that job is one of ours.",
                advice="Look whether the disk of its control directory is full.",
            )
        return found

    def _entries(self, jobs: Mapping[str, Path] | Sequence[str]) -> dict[str, Entry | None]:
        with self._reading():
            return self._control().entries(list(jobs)) if jobs else {}

    def _control(self) -> Control:
        if self._seen is None:
            self._seen = Control(control_of(self._config.conf))
        return self._seen

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as problem:
            raise BatchUnavailableError(
                f"A-REX' control directory cannot be read: {problem}."
            ) from problem

    def _sight(self, entry: Entry | None) -> Sight:
        if entry is None:
            return Sight(RunState.UNKNOWN, "unreadable", words=_UNREAD)
        if not entry.state:  # A-REX may be just moving it
            ended = folders.trace(entry.session, self._person.owner).ended
            if ended is not None:
                return sights.from_end(ended)
            return Sight(RunState.UNKNOWN, "no state", words=_UNREAD)
        state = outcome.INTERNAL.get(entry.state, RunState.UNKNOWN)
        looks = state in {RunState.RUNNING, RunState.DONE}
        trace = folders.trace(entry.session, self._person.owner) if looks else Trace()
        return outcome.sight(state, entry.state, entry.failed, trace)

    def _stop(self, session: Path) -> None:
        """Tell the guard, if there is one."""
        with suppress(OSError):
            folders.note(session, "stop", b"", self._person.owner)
