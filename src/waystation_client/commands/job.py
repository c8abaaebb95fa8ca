"""`way job`: commands that run on clusters beside the data."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import durations, exit_codes, moments, session, sizes
from waystation_client.commands import arguments
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.client import Client
    from waystation_client.jobs import JobRequest

_PAUSE_S = 1.0
_ENDED = {"done", "failed", "cancelled"}

app = typer.Typer(
    help="Run commands beside the data: files go in from spaces and tape, results come home.",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(metavar="REQUEST", help="As `way job run` printed it.")]
Some = Annotated[
    list[int] | None, typer.Argument(metavar="[JOB]...", help="Only these of its jobs.")
]


@app.command("run", context_settings={"ignore_unknown_options": True})
def run(  # noqa: PLR0917 - options of a command
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND [WORD]...", help="What runs; no shell.")
    ],
    files: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="SPACE:/PATH[=NAME]",
            help="A file of a space goes in; a folder with / at its end.",
        ),
    ] = None,
    archived: Annotated[
        list[str] | None,
        typer.Option("--archive", metavar="STORE:/PATH[=NAME]", help="A file of the archive."),
    ] = None,
    urls: Annotated[
        list[str] | None, typer.Option("--url", metavar="URL", help="A file of another server.")
    ] = None,
    outputs: Annotated[
        list[str] | None, typer.Option("--out", metavar="PATTERN", help="Kept: '*.fits'.")
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="SPACE:/FOLDER", help="Where outputs go.")
    ] = "",
    items: Annotated[
        Path | None,
        typer.Option("--items", metavar="FILE", help="A job a line; {item} is the line. - reads."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="So many jobs; {n} is the number.")] = 1,
    cluster: Annotated[list[str] | None, typer.Option(help="Only there.")] = None,
    container: Annotated[
        str, typer.Option(metavar="IMAGE", help="The command runs in a container of it.")
    ] = "",
    cpus: Annotated[int, typer.Option(min=1, help="Cores of each.")] = 1,
    memory: Annotated[str, typer.Option(help="Of each: 4G.")] = "",
    limit: Annotated[str, typer.Option("--time", help="Longest run: 2h.")] = "",
    after: Annotated[list[int] | None, typer.Option(help="Requests that come before.")] = None,
    name: Annotated[str, typer.Option(help="For people.")] = "",
    key: Annotated[str, typer.Option(help="Your name of it: asked twice, made once.")] = "",
    attempts: Annotated[int, typer.Option(min=1, max=20, help="Runs at most.")] = 3,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Until all have ended.")] = False,
    as_json: arguments.AsJson = False,
) -> None:
    """Run a command, once or many times, where the data is.

    way job run --in lab:/raw/a.fits --out '*.png' --to lab:/plots -- plot a.fits
    """
    lines = _lines(items) if items is not None else []
    space, prefix = arguments.in_space(to) if to else ("", "")
    more: dict[str, object] = {
        "inputs": [
            *_inputs(files or [], "space"),
            *_inputs(archived or [], "store"),
            *({"path": url} for url in urls or []),
        ],
        "outputs": outputs or [],
        "space": space,
        "items": lines,
        "count": 1 if lines else count,
        "clusters": cluster or [],
        "after": after or [],
        "name": name,
        "key": key,
        "attempts": attempts,
        "container": container,
        "resources": {
            "cpus": cpus,
            "memory": arguments.size(memory) if memory else 0,
            "time_s": durations.parse(limit) if limit else 0,
        },
    }
    if prefix:
        more["prefix"] = prefix + ("/{n}" if len(lines) > 1 or count > 1 else "")
    with session.signed_in() as way:
        made = way.jobs.run(command, **more)
        if wait:
            _follow(way, made.id, as_json=as_json)
    _say(made, as_json=as_json)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 30,
    *,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
    as_json: arguments.AsJson = False,
) -> None:
    """List requests of jobs, newest first."""
    with session.signed_in() as way:
        found = way.jobs.requests(which="open" if only_open else "all", limit=limit)
    if as_json:
        for one in found:
            listing.document(one)
        return
    now = session.now()
    listing.rows(
        ("ID", "STATE", "JOBS", "NAME", "MADE", "WHY"),
        ((str(r.id), r.state, _jobs(r), r.name, moments.local(r.created, now), r.words)
         for r in found),
    )  # fmt: skip


@app.command()
def show(
    number: Number,
    state: Annotated[str, typer.Option(help="Only jobs in this state: failed.")] = "",
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """Show a request with its jobs and what they left."""
    with session.signed_in() as way:
        request = way.jobs.request(number)
        jobs = way.jobs.jobs(number, state=state)
        if as_json:
            listing.document(request)
            for job in jobs:
                listing.document(job)
            for left in way.jobs.outputs(number):
                listing.document(left)
            return
        _say(request, as_json=False)
        listing.rows(
            ("JOB", "STATE", "CLUSTER", "EXIT", "WHY"),
            (
                (
                    str(j.n),
                    j.state,
                    j.cluster,
                    "" if j.exit_code is None else str(j.exit_code),
                    j.words,
                )
                for j in jobs
            ),
        )
        for left in way.jobs.outputs(number):
            where = left.words or f"{left.space}:/{left.path}"
            listing.say(f"  {left.n}  {left.name}  {sizes.words(left.size)}  {where}")


@app.command()
def timeline(
    number: Number,
    job: Annotated[int, typer.Argument(min=1, help="Which of its jobs.")] = 1,
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """Tell what happened to a job: its inputs on tape, its runs, and what it left."""
    with session.signed_in() as way:
        found = way.jobs.timeline(number, job)
    if as_json:
        for one in found:
            listing.document(one)
        return
    now = session.now()
    for one in found:
        stage = f" (stage request {one.stage})" if one.stage else ""
        listing.say(f"{moments.local(one.at, now)}  {one.words}{stage}")


@app.command()
def logs(
    number: Number,
    job: Annotated[int, typer.Argument(min=1, help="Which of its jobs.")] = 1,
    *,
    errors: Annotated[bool, typer.Option("--stderr", help="What went to stderr.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until it ends.")] = False,
) -> None:
    """Print what a job wrote, also while it runs."""
    stream, offset = "stderr" if errors else "stdout", 0
    with session.signed_in() as way:
        while True:
            going = way.jobs.request(number).state not in _ENDED
            while (piece := way.jobs.log(number, job, stream=stream, offset=offset)).text:
                sys.stdout.write(piece.text)
                sys.stdout.flush()
                offset = piece.next
            if not follow or not going:
                return
            time.sleep(_PAUSE_S)


@app.command()
def cancel(number: Number, jobs: Some = None, *, as_json: arguments.AsJson = False) -> None:
    """Stop jobs that have not ended."""
    with session.signed_in() as way:
        _say(way.jobs.cancel(number, jobs or []), as_json=as_json)


@app.command()
def retry(number: Number, jobs: Some = None, *, as_json: arguments.AsJson = False) -> None:
    """Run again what failed, was lost or was cancelled."""
    with session.signed_in() as way:
        _say(way.jobs.retry(number, jobs or []), as_json=as_json)


@app.command()
def wait(number: Number, *, as_json: arguments.AsJson = False) -> None:
    """Wait until all jobs have ended."""
    with session.signed_in() as way:
        _follow(way, number, as_json=as_json)


@app.command()
def clusters(
    drain: Annotated[str, typer.Option(metavar="NAME", help="Give it no new jobs.")] = "",
    open_: Annotated[str, typer.Option("--open", metavar="NAME", help="Give it jobs again.")] = "",
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """List clusters with how full they are; administrators drain them."""
    with session.signed_in() as way:
        for name, on in ((drain, True), (open_, False)):
            if name:
                way.jobs.drain(name, on=on)
        found = way.jobs.clusters()
    if as_json:
        for one in found:
            listing.document(one)
        return
    listing.rows(
        ("NAME", "KIND", "STATE", "FREE", "WAITING", "RUNNING", "OURS", "WHY"),
        ((c.name, c.kind, c.state, _free(c.free, c.slots), str(c.queued), str(c.running),
          str(sum(c.mine.values())), c.words) for c in found),
    )  # fmt: skip


def _free(free: int | None, slots: int | None) -> str:
    return "" if slots is None else f"{free} of {slots}"


def _inputs(said: list[str], where: str) -> list[dict[str, str]]:
    """Inputs of `NAME:/PATH=AS`.

    Raises:
        typer.BadParameter: One is not so.
    """
    found = []
    for text in said:
        place, _, name = text.partition("=")
        holder, colon, path = place.partition(":")
        if not holder or not colon or not path.strip("/"):
            raise typer.BadParameter(f"{text!r}: write {where.upper()}:/PATH or …=NAME")
        kept = path.lstrip("/") if where == "space" else path
        found.append({where: holder, "path": kept, "name": name})
    return found


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
    except OSError as problem:
        raise typer.BadParameter(f"{file}: {problem.strerror}") from problem
    return [line for line in text.splitlines() if line]


def _follow(way: "Client", number: int, *, as_json: bool) -> None:
    """Until a request has ended; then the command ends as it has.

    Raises:
        typer.Exit: Always; 0 only when every job is done.
    """
    from waystation_client.screens.counting import counting  # noqa: PLC0415 - brings rich

    request = way.jobs.request(number)
    with counting(hidden=as_json) as bar:
        for request in way.jobs.follow(number):
            bar(request.jobs, request.done + request.failed + request.cancelled, _told(request))
    _say(request, as_json=as_json)
    good = request.state == "done"
    raise typer.Exit(int(exit_codes.ExitCode.OK if good else exit_codes.ExitCode.SOME_FAILED))


def _say(request: "JobRequest", *, as_json: bool) -> None:
    if as_json:
        listing.document(request)
        return
    listing.say(f"Request {request.id}: {_told(request)}")


def _told(request: "JobRequest") -> str:
    why = f" {request.words}" if request.words else ""
    return f"{request.name} is {request.state}: {_jobs(request)}.{why}"


def _jobs(request: "JobRequest") -> str:
    parts = (
        (request.done, "done"),
        (request.running, "running"),
        (request.sent, "sent"),
        (request.waiting, "waiting"),
        (request.failed, "failed"),
        (request.cancelled, "cancelled"),
    )
    return ", ".join(f"{count} {word}" for count, word in parts if count)
