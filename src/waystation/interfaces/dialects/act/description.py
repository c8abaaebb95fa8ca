"""A job description as both languages say it, and as a wish of ours. Pure."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from waystation.domains.jobs.door import Input, Resources, Wish, safe

MOST_PRIORITY = 100
"""Of xRSL and ADL (NorduGrid xRSL reference 3.1, `priority`: 0 to 100)."""
MEGABYTE = 2**20
"""What ARC takes for a megabyte of memory (arex, `memory * 1024 * 1024`)."""


class RefusedError(Exception):
    """A description that cannot be honoured: its words are for its owner."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a client wants to be run.

    Attributes:
        executable, arguments: the command.
        name: for people.
        inputs: (name, URL); an empty URL, or one of a local file, was uploaded.
        outputs: (name, URL) of what is kept.
        executables: inputs that are made executable too.
        stdin, stdout, stderr: file names; empty is none.
        join: standard error goes where standard output goes.
        environment: variables.
        count: cores.
        wall_s, cpu_s: longest times, seconds; of cores together for the second.
        memory: bytes, of all cores together.
        queue, project: of the cluster.
        priority: 0 to 100.
        rerun: so often it may be run again.
        log: name of the folder in which the client wants what is known of the run.
    """

    executable: str = ""
    arguments: tuple[str, ...] = ()
    name: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    executables: tuple[str, ...] = ()
    stdin: str = ""
    stdout: str = ""
    stderr: str = ""
    join: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    count: int = 1
    wall_s: int = 0
    cpu_s: int = 0
    memory: int = 0
    queue: str = ""
    project: str = ""
    priority: int = 50
    rerun: int = 0
    log: str = ""

    @property
    def joined(self) -> bool:
        """Whether both streams go to one file."""
        return self.join or bool(self.stderr and self.stderr == self.stdout)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job's files are.

    Attributes:
        space: of them.
        folder: of this job, in it.
        ours: the path of a URL below our WebDAV, without its prefix; None when it is elsewhere.
    """

    space: str
    folder: str
    ours: Callable[[str], str | None]

    def input(self, name: str) -> str:
        """Path of a file that was uploaded for it."""
        return f"{self.folder}/in/{name}"

    @property
    def results(self) -> str:
        """Folder of what it left."""
        return f"{self.folder}/out"


def local(url: str) -> bool:
    """Whether an input is one that the client uploads (act_client 1.0, `uploadJobData`)."""
    parts = urlsplit(url)
    return parts.scheme in {"", "file"} and not parts.hostname


def uploaded(asked: Description) -> list[str]:
    """Names of the inputs that the client uploads."""
    names = [name for name, url in asked.inputs if local(url)]
    more = [_bare(asked.executable), asked.stdin, *asked.executables]
    known = {name for name, _ in asked.inputs}
    return [*names, *(n for n in dict.fromkeys(more) if n and n not in known)]


def wish(asked: Description, at: Place, clusters: Sequence[str], key: str) -> Wish:
    """As our own jobs are asked for.

    Raises:
        RefusedError: something in it cannot be had here.
    """
    if not asked.executable:
        raise RefusedError("There is no executable.")
    keeps = _kept(asked)
    return Wish(
        command=_command(asked),
        name=asked.name[:200],
        environment=asked.environment,
        inputs=tuple(_inputs(asked, at)),
        outputs=keeps,
        space=at.space if keeps else "",
        prefix=at.results,
        resources=Resources(
            cpus=asked.count,
            memory=asked.memory,
            time_s=asked.wall_s or asked.cpu_s // max(1, asked.count),
        ),
        clusters=tuple(clusters),
        queue=asked.queue,
        project=asked.project,
        priority=min(9, max(0, asked.priority) * 10 // MOST_PRIORITY),
        attempts=1 + min(19, max(0, asked.rerun)),
        key=key,
        literal=True,
    )


def shown(asked: Description) -> dict[str, str]:
    """Names under which a client finds the streams; ours -> its own."""
    named = {"stdout": asked.stdout, "stderr": "" if asked.joined else asked.stderr}
    return {ours: theirs for ours, theirs in named.items() if theirs}


def _bare(executable: str) -> str:
    """The name of an executable that is an input; empty for a program of the cluster."""
    return "" if executable.startswith(("/", "$")) else executable.removeprefix("./")


def _inputs(asked: Description, at: Place) -> list[Input]:
    made = [Input(at.space, "", at.input(name), name) for name in uploaded(asked)]
    for name, url in asked.inputs:
        if local(url):
            continue
        path = at.ours(url)
        if path is None:
            raise RefusedError(
                f"Input {name} is at {urlsplit(url).hostname}: put it into a space of this server."
            )
        space, _, rest = path.partition("/")
        made.append(Input(space, "", rest, name))
    bad = next((each.name for each in made if not safe(each.name)), None)
    if bad is not None:
        raise RefusedError(f"{bad!r} is no name of a file below the job's folder.")
    return made


def _kept(asked: Description) -> tuple[str, ...]:
    names = []
    for name, url in asked.outputs:
        if url and not local(url):
            raise RefusedError(
                f"Output {name} is to go to {urlsplit(url).hostname}: outputs stay here, and are "
                "fetched by `act get`."
            )
        if name.startswith("@"):
            raise RefusedError("Lists of outputs that a job makes (@list) are not read here.")
        names.append(_pattern(name))
    streams = [ours for ours in shown(asked) if "**" not in names]
    return tuple(dict.fromkeys([*names, *streams]))


def _pattern(name: str) -> str:
    """`/` is everything, `folder/` what is in it."""
    bare = name.strip("/")
    if not bare:
        return "**"
    return f"{bare}/**" if name.endswith("/") else bare


def _command(asked: Description) -> tuple[str, ...]:
    """The command; with a shell around it only where something has to be done before."""
    bare = _bare(asked.executable)
    run = f"./{bare}" if bare else asked.executable
    marked = [name for name in dict.fromkeys([bare, *asked.executables]) if name]
    ends = (f" < {shlex.quote(asked.stdin)}" if asked.stdin else "") + (
        " 2>&1" if asked.joined else ""
    )
    if not marked and not ends:
        return (run, *asked.arguments)
    before = f"chmod u+x -- {shlex.join(marked)} && " if marked else ""
    return ("/bin/sh", "-c", f'{before}exec "$@"{ends}', "sh", run, *asked.arguments)
