"""By which rules jobs are taken, placed, tried again and cleaned away. Pure."""

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TypedDict

from waystation.domains.accounts.door import Grant
from waystation.domains.jobs.entities import Blame, Input, RunState, Sight, Wish

MOST_JOBS = 100_000
MOST_INPUTS = 10_000
MOST_WORDS = 1_000
MOST_TEXT = 100_000
MOST_LABEL = 200
MOST_CPUS = 100_000
MOST_ATTEMPTS = 20
MAX_PRIORITY = 9
"""Of a wish: jobs, files in, words of the command, characters of all of it, and so on."""

_ANY = re.compile(r"[*?]")
_IMAGE = re.compile(r"[A-Za-z0-9/][\x21-\x7e]{0,999}")
"""An image's name: nothing that a container's program could take for an option."""
_SLOT = re.compile(r"\{(?:n|item|request)\}")


@dataclass(frozen=True, slots=True)
class Policy:
    """How jobs are dealt with.

    Attributes:
        per_owner: jobs of one account that clusters have at a time; 0 is no limit.
        lease: how long a step may work before another worker takes what it had.
        poll: between looks at runs.
        first, longest: waits after a failure that was not the job's: doubled each time.
        keep: how long folders of runs that ended stay.
        history: how long requests that ended are known; nothing is for ever.
        lost: a run that its cluster does not know is given up after so long.
        again: blames after which a run is tried again.
        near: of a cluster, spaces and stores beside it: jobs whose files are there go there first.
    """

    per_owner: int = 0
    lease: timedelta = timedelta(seconds=60)
    poll: timedelta = timedelta(seconds=2)
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=30)
    keep: timedelta = timedelta(days=7)
    history: timedelta = timedelta(0)
    lost: timedelta = timedelta(minutes=5)
    again: frozenset[Blame] = field(default=frozenset({Blame.SITE, Blame.US}))
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def wait(self, tried: int) -> timedelta:
        """How long to wait after so many failures."""
        return min(self.longest, self.first * (1 << min(max(0, tried - 1), 20)))

    def retries(self, sight: Sight, *, attempt: int, attempts: int) -> bool:
        """Whether a run that did not end well is tried again."""
        if attempt >= attempts or sight.state in {RunState.DONE, RunState.CANCELLED}:
            return False
        return sight.state is RunState.GONE or sight.blame in self.again


class Slots(TypedDict):
    """What the words of a wish may name: of one job."""

    request: int
    n: int
    item: str | None


def objection(wish: Wish) -> str:
    """What is wrong with a wish, one sentence; empty when nothing is."""
    texts = [*wish.command, wish.name, *wish.environment, *wish.environment.values()]
    needs = wish.resources
    checks = (
        (not wish.command or not wish.command[0], "A job needs a command."),
        (len(wish.command) > MOST_WORDS, f"A command has at most {MOST_WORDS:,} words."),
        (sum(map(len, texts)) > MOST_TEXT, f"A job has at most {MOST_TEXT:,} characters."),
        (any("\0" in text for text in [*texts, *wish.items]), "NUL cannot be in a word."),
        (wish.items and wish.count != 1, "Give items or a count, not both."),
        (not 1 <= wish.jobs <= MOST_JOBS, f"A request has 1 to {MOST_JOBS:,} jobs."),
        (len(wish.inputs) > MOST_INPUTS, f"A job has at most {MOST_INPUTS:,} inputs."),
        (any(bool(i.space) == bool(i.store) and not i.far for i in wish.inputs),
            "An input is in a space or in a store, or its path is a URL: name one of them."),
        (any(not safe(i.at) for i in wish.inputs),
            "An input's name is a path below the job's folder, without '..'."),
        (len({i.at for i in wish.inputs}) < len(wish.inputs), "Two inputs have one name."),
        (any(not safe(pattern) for pattern in wish.outputs),
            "An output is a pattern below the job's folder, without '..'."),
        (bool(wish.outputs) != bool(wish.space), "Outputs need a space, and a space outputs."),
        (any("=" in name or not name for name in wish.environment),
            "A variable's name is not empty and has no '='."),
        (not 1 <= needs.cpus <= MOST_CPUS or min(needs.gpus, needs.memory, needs.time_s) < 0,
            "Resources are cpus of at least 1, and memory, time and gpus that are not negative."),
        (wish.container and not _IMAGE.fullmatch(wish.container),
            "A container's image is one word that begins with a letter, a digit or '/'."),
        (not 0 <= wish.priority <= MAX_PRIORITY, "A priority is 0 to 9."),
        (not 1 <= wish.attempts <= MOST_ATTEMPTS, "Attempts are 1 to 20."),
        (max(len(wish.key), len(wish.name)) > MOST_LABEL,
            "Key and name have at most 200 characters."),
    )  # fmt: skip
    return next((words for wrong, words in checks if wrong), "")


def safe(name: str) -> bool:
    """Whether it is a path below a folder, of names that a folder can have."""
    parts = name.split("/")
    return not any(
        part in {"", ".", ".."} or part.startswith(".way") or "\0" in part for part in parts
    )


def filled(text: str, *, request: int, n: int, item: str | None) -> str:
    """A word of a wish for one job; `{n}`, `{item}` and `{request}` alone are replaced."""
    known = {"{n}": str(n), "{request}": str(request), "{item}": item or ""}
    return _SLOT.sub(lambda found: known[found[0]], text)


def word(wish: Wish, text: str, *, request: int, n: int, item: str | None) -> str:
    """A word of this wish for one job."""
    return text if wish.literal else filled(text, request=request, n=n, item=item)


def inputs(wish: Wish, *, request: int, n: int, item: str | None) -> tuple[Input, ...]:
    """What one job finds in its folder."""
    if wish.literal:
        return wish.inputs
    return tuple(
        dataclasses.replace(
            each,
            path=filled(each.path, request=request, n=n, item=item),
            name=filled(each.name, request=request, n=n, item=item),
        )
        for each in wish.inputs
    )


def places(wish: Wish) -> tuple[frozenset[tuple[str, str]], str]:
    """The spaces and stores that it reads, and the space that it writes: what rights are of."""
    return frozenset((each.space, each.store) for each in wish.inputs), wish.space


def missing(wish: Wish, left: Collection[str], given: Collection[str]) -> list[str]:
    """Outputs that a wish names without `*` or `?`, and that are not there.

    Args:
        wish: whose outputs they are.
        left: names that came home.
        given: names of inputs, files and folders, which stay where they are.
    """
    there = {*left, *given}
    return [
        each
        for each in wish.outputs
        if not (_ANY.search(each) or each in there or _below(each, given))
    ]


def _below(name: str, folders: Collection[str]) -> bool:
    return any(name.startswith(f"{each}/") for each in folders)


def holders(wish: Wish) -> list[str]:
    """Names of the spaces and stores that its inputs are in."""
    return sorted({each.space or each.store for each in wish.inputs if not each.far})


def differ(wish: Wish) -> bool:
    """Whether the jobs of a request have different inputs."""
    return not wish.literal and any(
        _SLOT.search(text) for each in wish.inputs for text in (each.path, each.name)
    )


@dataclass(frozen=True, slots=True)
class Access:
    """How jobs of an account are submitted. An account is `NAME` here, a group `@NAME`.

    Attributes:
        groups: names of groups whose accounts may run jobs; administrators always may.
        only: of a cluster, whose jobs it takes; it takes everybody's when it is not named here.
        usual: of an account or a group, the clusters of a wish that names none.
        images: of a cluster that runs containers, patterns of the images that it takes.
        shares: of an account or a group, how many of its jobs go for one of another's.
    """

    groups: frozenset[str] = frozenset()
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    usual: Mapping[str, Sequence[str]] = field(default_factory=dict)
    images: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)

    def share(self, who: Grant) -> float:
        """Its part where several want the same cores: its own, or the largest of its groups."""
        mine = [part for name, part in self.shares.items() if name in _names(who)]
        return self.shares.get(who.name) or max(mine, default=1.0)

    def runs(self, who: Grant) -> bool:
        """Whether the account may run jobs."""
        return who.admin or bool(self.groups & who.groups)

    def uses(self, who: Grant, cluster: str, image: str = "") -> bool:
        """Whether a cluster takes its jobs, in a container of this image if one is named."""
        takes = self.only.get(cluster)
        if image and not any(fnmatchcase(image, each) for each in self.images.get(cluster, ())):
            return False
        return who.admin or not takes or bool(takes & _names(who))

    def chosen(self, who: Grant, wish: Wish, there: Sequence[str]) -> tuple[str, ...]:
        """The clusters of a wish; none is whichever there is.

        Args:
            who: whose wish it is.
            wish: with the clusters that it names.
            there: all clusters; those that are not for the account are left out here.
        """
        mine = [name for name in there if self.uses(who, name, wish.container)]
        if wish.clusters:
            return wish.clusters
        own = self.usual.get(who.name)
        said = own or next((to for name, to in self.usual.items() if name in _names(who)), ())
        usual = tuple(name for name in said if name in mine)
        return usual or (() if len(mine) == len(there) else tuple(mine))


def _names(who: Grant) -> frozenset[str]:
    return frozenset({who.name, *(f"@{group}" for group in who.groups)})
