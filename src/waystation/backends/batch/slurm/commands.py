"""Slurm's commands, as its user."""

import re
from collections.abc import Iterable, Iterator, Sequence

from waystation.backends.batch.hands.program import Done, Person, missing, run
from waystation.backends.batch.slurm import records, script
from waystation.backends.batch.slurm.config import SlurmConfig
from waystation.backends.batch.slurm.records import Part, Record
from waystation.domains.jobs.entities import Task
from waystation.domains.jobs.errors import BatchUnavailableError

_FINAL = re.compile(
    r"[Ii]nvalid (?!.*(?:credential|job id|user))|cannot be satisfied|can not be satisfied|"
    r"configuration is not available|node count specification|More processors requested|"
    r"Requested time limit|not permitted|[Uu]nrecognized option|not a valid|"
    r"Requested partition configuration",
)
_LIMIT = re.compile(r"[Ll]imit|inactive or drain")
_HANDLE = re.compile(r"([0-9]{1,18})_([0-9]{1,9})")
_CHUNK = 200


class RefusedError(Exception):
    """Slurm will never take it as it is."""


class Slurm:
    """One cluster, by its commands; each has a deadline."""

    def __init__(self, config: SlurmConfig) -> None:
        self._config = config
        self.person = Person(config.run_as)

    def complaints(self) -> list[str]:
        """What a person has to mend, a sentence each."""
        programs = ["sbatch", "squeue", "scancel", "sinfo"]
        programs += ["sacct"] if self._config.accounting else []
        found = missing(programs) + self.person.complaints()
        conf = self._config.conf
        if conf is not None and not conf.is_file():
            found.append(f"There is no file {conf}.")
        return found

    def submit(self, tasks: Sequence[Task], group: str) -> str:
        """Hand over an array; its number.

        Raises:
            RefusedError: it will never take it.
            BatchUnavailableError: not known whether it has it.
        """
        text = script.script(self._config, tasks)
        done = self._run(script.words(self._config, tasks, group), text)
        number = done.out.strip().partition(";")[0]
        if done.code == 0 and number.isdigit():
            return number
        if _FINAL.search(done.err) and not _LIMIT.search(done.err):
            raise RefusedError(f"Slurm refused it: {_plain(done)}.")
        raise BatchUnavailableError(f"Slurm did not take jobs: {_plain(done)}.")

    def queue(self) -> dict[str, Record]:
        """All runs of ours that the controller knows, by handle."""
        entry = self.person.entry
        name = entry.pw_name if entry else self._config.run_as
        return {each.handle: each for each in records.queue(
            self._said([*records.SQUEUE, f"--user={name}"]))}  # fmt: skip

    def accounts(self, handles: Sequence[str]) -> dict[str, Record]:
        """What accounting knows of these runs, by handle; nothing where there is none."""
        if not self._config.accounting or not handles:
            return {}
        found: dict[str, Record] = {}
        for n in range(0, len(handles), _CHUNK):
            chosen = f"--jobs={','.join(handles[n : n + _CHUNK])}"
            found |= {each.handle: each for each in records.accounts(
                self._said([*records.SACCT, chosen]))}  # fmt: skip
        return found

    def nodes(self) -> list[Part]:
        """All nodes, once for each partition."""
        return list(records.parts(self._said(records.NODES)))

    def counts(self) -> tuple[int, int]:
        """Runs of anybody that wait, and that run."""
        words = ["squeue", "--noheader", "--all", "--array", "--states=PENDING,RUNNING"]
        said = self._said([*words, "--format=%T"]).split()
        return said.count("PENDING"), said.count("RUNNING")

    def cancel(self, handles: Iterable[str]) -> None:
        """Stop runs; those that are over or not known are good."""
        for words in _ranges(handles):
            done = self._run(["scancel", *words])
            if done.code and "Invalid job id" not in done.err:
                raise BatchUnavailableError(f"Slurm did not cancel jobs: {_plain(done)}.")

    def _said(self, words: Sequence[str]) -> str:
        done = self._run(words)
        if done.code:
            raise BatchUnavailableError(f"Slurm does not answer: {_plain(done)}.")
        return done.out

    def _run(self, words: Sequence[str], text: str = "") -> Done:
        more = {"TZ": "UTC0", "SLURM_TIME_FORMAT": "standard", "SLURM_BITSTR_LEN": "0"}
        if self._config.conf is not None:
            more["SLURM_CONF"] = str(self._config.conf)
        return run(words, self.person, self._config.timeout_s, more=more, text=text)


def is_handle(text: str) -> bool:
    """Whether it is a name of a run of ours."""
    return _HANDLE.fullmatch(text) is not None


def _ranges(handles: Iterable[str]) -> Iterator[list[str]]:
    """Words for scancel: one for each array, so many in a call."""
    arrays: dict[str, list[str]] = {}
    for each in handles:
        found = _HANDLE.fullmatch(each)
        if found:
            arrays.setdefault(found[1], []).append(found[2])
    words = [
        f"{job}_[{','.join(each[n : n + _CHUNK])}]"
        for job, each in arrays.items()
        for n in range(0, len(each), _CHUNK)
    ]
    for n in range(0, len(words), _CHUNK):
        yield words[n : n + _CHUNK]


def _plain(done: Done) -> str:
    """Slurm's complaint without its usual beginnings."""
    words = re.sub(r"\w+: (?:error|fatal): ", "", done.words)
    return words.replace("Batch job submission failed: ", "").rstrip(".")
