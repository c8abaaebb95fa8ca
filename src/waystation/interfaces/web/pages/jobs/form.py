"""The form that asks for jobs, read."""

import shlex
from collections.abc import Sequence

from waystation.domains.accounts.door import Grant
from waystation.domains.jobs.door import Input, Resources, Wish
from waystation.interfaces.services import services
from waystation.kernel.errors import MalformedError

Form = dict[str, str]
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_TIMES = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def usual() -> Form:
    """The form as it is before anybody writes in it."""
    empty = (
        *("command", "container", "inputs", "outputs", "to", "items", "name", "cluster"),
        *("memory", "time"),
    )
    return {**dict.fromkeys(empty, ""), "cpus": "1"}


def read(form: Form, who: Grant) -> Wish:
    """What the form asks for.

    Raises:
        MalformedError: something in it cannot be read.
    """
    try:
        command = tuple(shlex.split(form["command"]))
    except ValueError as problem:
        raise MalformedError(
            "The command has a quote that is not closed.",
            advice="Close it, or write \\ before it.",
        ) from problem
    items = tuple(line.strip() for line in form["items"].splitlines() if line.strip())
    space, prefix = _place(form["to"]) if form["to"].strip() else ("", "")
    if len(items) > 1 or not prefix:
        # Jobs that write the same names do not write over each other.
        prefix = f"{prefix}/{{n}}" if prefix else "jobs/{request}/{n}"
    return Wish(
        command=command,
        name=form["name"].strip(),
        items=items,
        inputs=_inputs(form["inputs"], who),
        outputs=tuple(form["outputs"].split()),
        space=space,
        resources=Resources(
            _whole(form["cpus"] or "1", "Cores"),
            _measured(form["memory"], _UNITS, "Memory", "4G"),
            _measured(form["time"], _TIMES, "Time", "2h"),
        ),
        prefix=prefix,
        clusters=(form["cluster"],) if form["cluster"] else (),
        container=form["container"].strip(),
    )


def ticked(who: Grant, space: str, paths: Sequence[str]) -> str:
    """Lines of the form for these files and folders of a space.

    Raises:
        MalformedError: nothing was ticked, or a name that a line cannot have.
    """
    if not paths:
        raise MalformedError("Nothing is ticked.", advice="Tick what goes into the job.")
    wrong = next((each for each in paths if "=" in each or not each.isprintable()), None)
    if wrong is not None:
        raise MalformedError(
            f"{wrong!r} cannot be named in the form.", advice="Ask for it by `way job run`."
        )
    found = services().hosting.batches.find(who, space, paths)
    return "\n".join(
        f"{space}:/{path}{'/' if entry.folder else ''}"
        for path, entry in zip(paths, found, strict=True)
        if entry is not None
    )


def _inputs(text: str, who: Grant) -> tuple[Input, ...]:
    """A line each: `SPACE:/path`, `STORE:/path` of the archive or a URL, and `=name`.

    A path that ends with '/' is a folder.
    """
    spaces = {each.space.name for each in services().hosting.spaces.mine(who)}
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith(("https://", "http://")):
            url, _, name = (line, "", "") if "?" in line else line.partition("=")
            found.append(Input("", "", url, name))
            continue
        said, _, name = line.partition("=")
        holder, path = _place(said)
        path += "/" if said.endswith("/") else ""
        if holder in spaces:
            found.append(Input(holder, "", path, name))
        else:
            found.append(Input("", holder, f"/{path}", name))
    return tuple(found)


def _place(text: str) -> tuple[str, str]:
    holder, colon, path = text.strip().partition(":")
    if not holder or not colon:
        raise MalformedError(f"{text.strip()!r} is no place.", advice="Write SPACE:/FOLDER/FILE.")
    return holder, path.strip("/")


def _whole(text: str, what: str) -> int:
    if not text.strip().isascii() or not text.strip().isdecimal():
        raise MalformedError(f"{what} is a whole number, not {text.strip()!r}.")
    return int(text)


def _measured(text: str, units: dict[str, int], what: str, example: str) -> int:
    """`4G` or `2h` in the smallest unit; 0 of nothing."""
    plain = text.strip()
    if not plain:
        return 0
    number = plain.rstrip("KMGTsmhd")
    unit = plain[len(number) :]
    if unit not in units or not number.isascii() or not number.replace(".", "", 1).isdecimal():
        raise MalformedError(f"{what} cannot be {plain!r}.", advice=f"Write {example}.")
    return int(float(number) * units[unit])
