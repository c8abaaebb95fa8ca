"""What goes wrong with the site's interface itself, on order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from waystation_sim.site.faults import FaultError

EVERY_CALL = "all"

SWITCHES = {
    "tape-stuck": "stuck",
    "tape-deaf": "deaf",
    "tape-long": "loses_long",
    "tape-late": "lists_late",
    "tape-skip": "skips",
    "tape-hang": "hanging",
}
"""Kinds of trouble that are on (`calls` 1) or off (`calls` 0), by the name of what they set."""

LONG = 256
"""Characters of a path that an old dCache kept (its issue 7585)."""


@dataclass(slots=True)
class Refusal:
    """An answer that the next so many requests of a call get, if they name more files than that.

    Attributes:
        status: of HTTP.
        left: how many requests still get it.
        words: the detail with it.
        after_s: of a Retry-After header; None = there is none.
        above: requests with so many files or less are answered properly.
    """

    status: int
    left: int
    words: str = ""
    after_s: float | None = None
    above: int = -1


@dataclass(slots=True)
class Slips:
    """How the site misbehaves now.

    Attributes:
        refusals: by call (`stage`, `poll`, `cancel`, `delete`, `release`, `archiveinfo`) or all.
        mute: how many of the next calls are carried out and never answered.
        delay_s: before every answer.
        hanging: no call is answered at all.
        stuck: a file that cannot be read stays STARTED for ever (dCache's issue 7744).
        deaf: release says 200 and gives nothing back (dCache's issue 7516).
        loses_long: paths over 256 characters are taken and forgotten (dCache's issue 7585).
        lists_late: polls show the first file of a request only (dCache's pull request 6894).
        skips: a file that is on disk already is FAILED (dCache calls it skipped).
        poison: paths whose stage request is refused with a status (500: dCache's issue 7508).
        log: file to which calls are written, a line each; None = nowhere.
    """

    refusals: dict[str, Refusal] = field(default_factory=dict)
    mute: int = 0
    delay_s: float = 0.0
    hanging: bool = False
    stuck: bool = False
    deaf: bool = False
    loses_long: bool = False
    lists_late: bool = False
    skips: bool = False
    poison: dict[str, int] = field(default_factory=dict)
    log: Path | None = None

    def carry_out(self, order: Mapping[str, object]) -> None:
        """Begin or end one kind of trouble.

        Raises:
            FaultError: there is no such kind.
        """
        kind, calls = str(order.get("kind")), int(str(order.get("calls", 1)))
        if kind in SWITCHES:
            setattr(self, SWITCHES[kind], bool(calls))
            return
        match kind:
            case "tape-answer":
                after = float(str(order["seconds"])) if "seconds" in order else None
                self.refusals[str(order.get("name", EVERY_CALL))] = Refusal(
                    int(str(order["rc"])),
                    calls,
                    str(order.get("stderr", "")),
                    after,
                    int(str(order.get("above", -1))),
                )
            case "tape-mute":
                self.mute = calls
            case "tape-slow":
                self.delay_s = float(str(order.get("seconds", 0)))
            case "tape-poison":
                status = int(str(order.get("rc", 500)))
                self.poison = {str(order["name"]): status} if "name" in order else {}
            case "tape-log":
                self.log = Path(str(order["name"])) if "name" in order else None
            case _:
                msg = f"no fault of a Tape REST site is called {kind}"
                raise FaultError(msg)

    def refused(self, call: str, files: int) -> Refusal | None:
        """The refusal that this request meets, counted off; None if it is answered properly."""
        for name in (call, EVERY_CALL):
            found = self.refusals.get(name)
            if found is not None and found.left and files > found.above:
                found.left -= 1
                return found
        return None

    def muted(self) -> bool:
        """Whether this call is carried out and not answered; counts it off."""
        left = self.mute
        self.mute = max(0, left - 1)
        return left > 0

    def record(self, line: str) -> None:
        """Write down a call, if that was ordered."""
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(line + "\n")
