"""What goes wrong at a site, on order: bad media, stuck drives, slow or failing commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from waystation_sim.site.hardware import Hardware
from waystation_sim.site.index import Index
from waystation_sim.site.tasks import UNREADABLE


class FaultError(ValueError):
    """No such fault, or not on this thing."""


@dataclass(slots=True)
class CommandFaults:
    """How `eeadm` itself misbehaves.

    Attributes:
        delays: seconds of real time by command ("file", "recall", "task" ... or "all").
        failures: answers (exit code, stderr) for the next calls, in order.
    """

    delays: dict[str, float] = field(default_factory=dict)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def delay_of(self, command: str) -> float:
        """Seconds to wait before answering a command."""
        return self.delays.get(command, self.delays.get("all", 0.0))


Order = Mapping[str, object]
"""A fault as asked for over the socket: its kind and the words that go with it."""


class Faults:
    """Carries out fault orders."""

    def __init__(self, hardware: Hardware, index: Index, commands: CommandFaults) -> None:
        self._hardware = hardware
        self._index = index
        self._commands = commands

    def carry_out(self, order: Order) -> None:
        """Break or mend something.

        Raises:
            FaultError: the order makes no sense here.
        """
        kind = str(order.get("kind"))
        try:
            match kind:
                case "bad-tape" | "good-tape" | "tape-state":
                    self._tape(kind, str(order.get("name")), order)
                case "bad-file":
                    self._file(str(order.get("name")))
                case "stuck-drive" | "fix-drive" | "drive-out":
                    self._drive(kind, str(order.get("name")), order)
                case "delay":
                    seconds = float(str(order.get("seconds", 0)))
                    self._commands.delays[str(order.get("name", "all"))] = seconds
                case "fail":
                    calls = int(str(order.get("calls", 1)))
                    answer = (int(str(order.get("rc", 1))), str(order.get("stderr", "")))
                    self._commands.failures[:] = [answer] * calls
                case _:
                    msg = f"no fault is called {kind}"
                    raise FaultError(msg)
        except (KeyError, IndexError) as error:
            msg = f"{kind}: nothing here is called {error}"
            raise FaultError(msg) from error

    def _tape(self, kind: str, barcode: str, order: Order) -> None:
        tape = self._index.tapes()[barcode]
        if kind == "tape-state":
            self._index.set_tape_state(barcode, str(order.get("state", "appendable")))
            return
        cartridge = self._hardware.library(tape.library).tape(barcode)
        cartridge.code = UNREADABLE
        start = float(str(order.get("from", 0)))
        cartridge.bad_from = start * self._hardware.scale if kind == "bad-tape" else None
        cartridge.bad_starts.clear()

    def _file(self, path: str) -> None:
        file = self._index.files([path])[path]
        tapes = self._index.tapes()
        for barcode, start in file.copies:
            cartridge = self._hardware.library(tapes[barcode].library).tape(barcode)
            cartridge.bad_starts[int(start * self._hardware.scale)] = UNREADABLE

    def _drive(self, kind: str, name: str, order: Order) -> None:
        library, _, number = name.rpartition("/")
        if library not in self._hardware.libraries:
            raise KeyError(name)
        if kind == "stuck-drive":
            seconds = order.get("seconds")
            self._hardware.stick(
                library, int(number), None if seconds is None else float(str(seconds))
            )
        elif kind == "drive-out":
            self._hardware.take_out(library, int(number))
        else:
            self._hardware.fix(library, int(number))
