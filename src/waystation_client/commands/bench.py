"""`way bench`: how fast files go up and down from here, beside what the machine can do."""

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.commands import file_arguments as files
from waystation_client.errors import UnavailableError
from waystation_client.files import limits, local, places
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.files.remote import Remote
    from waystation_client.files.wire import Wire

_MB = 1_000_000
_SMALL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured.

    Attributes:
        what: it was.
        value, unit: MB/s or files/s.
        cpu_s: of this command; what the server used is seen on the server.
    """

    what: str
    value: float
    unit: str
    cpu_s: float


def bench(
    place: files.PlaceText,
    *,
    megabytes: Annotated[int, typer.Option("--size", min=1, help="MB of the large file.")] = 256,
    small: Annotated[int, typer.Option("--files", min=1, help="Small files, 4 kB each.")] = 1000,
    jobs: files.Jobs = 4,
    as_json: arguments.AsJson = False,
) -> None:
    """Measure files up and down, with the limits of this machine beside.

    Makes random files here and in a new folder below PATH, and removes them at the end (from the
    space into its trash).
    """
    top = places.parsed(place).below(f"way-bench-{secrets.token_hex(4)}")
    with session.spaces() as wire, tempfile.TemporaryDirectory(prefix="way-bench-") as scratch:
        from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

        try:
            figures = _measured(
                wire, top, Path(scratch), size=megabytes * _MB, small=small, jobs=jobs
            )
        finally:
            remote.remove(wire, top)
    if as_json:
        listing.document({"figures": [asdict(figure) for figure in figures]})
        return
    listing.rows(
        ("WHAT", "SPEED", "", "CPU HERE"),
        ((f.what, f"{f.value:,.0f}", f.unit, f"{f.cpu_s:.2f} s") for f in figures),
        right=("SPEED", "CPU HERE"),
    )


def _measured(
    wire: "Wire", top: Place, scratch: Path, *, size: int, small: int, jobs: int
) -> list[Figure]:
    """Everything, one after the other.

    Raises:
        UnavailableError: a file did not go.
    """
    from waystation_client.files import fetching, remote, resumed, sending  # noqa: PLC0415

    remote.make_folder(wire, top, parents=False)
    big, many = scratch / "big", scratch / "many"
    many.mkdir()
    for n in range(small):
        (many / f"{n:06}").write_bytes(os.urandom(_SMALL_BYTES))

    def up() -> None:
        tally = Tally()
        sender = sending.Sender(wire, resumed.Notes({"XDG_STATE_HOME": str(scratch)}), tally, jobs)
        sender.file(local.file(big, "big"), top.below("big"))
        _must_go(tally)

    def down() -> None:
        tally = Tally()
        fetcher = fetching.Fetcher(wire, local.Target(scratch / "back"), tally, jobs)
        fetcher.one(remote.known(wire, top, ["big"])[0] or _lost(), top.below("big"))
        _must_go(tally)

    def many_up() -> None:
        tally = Tally()
        sender = sending.Sender(wire, resumed.Notes({"XDG_STATE_HOME": str(scratch)}), tally, jobs)
        _run(sender.tree(local.walk(many, local.Choice()), top.below("many")))
        _must_go(tally)

    def many_down() -> None:
        tally, folder = Tally(), top.below("many")
        fetcher = fetching.Fetcher(wire, local.Target(scratch / "many-back"), tally, jobs)
        _run(fetcher.tree(remote.below(wire, folder), folder, local.Choice()))
        _must_go(tally)

    megabytes = size / _MB
    acts: tuple[tuple[str, float, str, Callable[[], object]], ...] = (
        ("limit: random to this disk", megabytes, "MB/s", lambda: limits.disk_write_s(big, size)),
        ("limit: a copy on this disk", megabytes, "MB/s", lambda: limits.disk_copy_s(big)),
        ("limit: TCP in this machine", megabytes, "MB/s", lambda: limits.loopback_s(size)),
        ("one file up", megabytes, "MB/s", up),
        ("one file down", megabytes, "MB/s", down),
        (f"{small:,} files of 4 kB up", small, "files/s", many_up),
        (f"{small:,} files of 4 kB down", small, "files/s", many_down),
    )  # fmt: skip
    return [_timed(*act) for act in acts]


def _timed(what: str, amount: float, unit: str, act: Callable[[], object]) -> Figure:
    began, cpu = time.monotonic(), time.process_time()
    act()
    took = max(time.monotonic() - began, 1e-6)
    return Figure(what, amount / took, unit, time.process_time() - cpu)


def _run(names: Iterable[str]) -> None:
    for _ in names:
        pass


def _lost() -> "Remote":
    raise UnavailableError("The file that was just put is not there.")


def _must_go(tally: Tally) -> None:
    if tally.failed:
        raise UnavailableError(f"A file did not go: {tally.failures[0].title}")
