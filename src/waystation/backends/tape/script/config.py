"""What this back end is told: the site's commands, and what they can see and keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Argv = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScriptConfig:
    """Settings of one tape system that is driven by commands of the site.

    Attributes:
        locate: program and first arguments: where files are.
        recall: takes a list and prints its handle.
        poll: how lists stand.
        list_dir: directory for what was sent, ours alone.
        cancel: drops files of a list; empty = it cannot.
        release: gives disk space back; empty = it cannot.
        library: shows drives; empty = they are hidden.
        environment: variables that the commands get beside PATH, LANG and HOME.
        roots: absolute directories whose files are staged.
        sees_tape: `locate` names cartridges.
        sees_position: `locate` gives positions on them.
        keeps_order: `recall` reads in the order given.
        finds_keys: `poll` can be asked for the handle of a key.
        lists: how many recall lists to keep running.
        list_limit: most files in one call of a command.
        command_timeout_s: longest that one command may run.
        keep_lists_s: how long lists are kept, and with them the memory of their keys.
    """

    locate: Argv
    recall: Argv
    poll: Argv
    list_dir: Path
    cancel: Argv = ()
    release: Argv = ()
    library: Argv = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[Path, ...] = ()
    sees_tape: bool = False
    sees_position: bool = False
    keeps_order: bool = False
    finds_keys: bool = False
    lists: int = 8
    list_limit: int = 10_000
    command_timeout_s: float = 60.0
    keep_lists_s: float = 30 * 86_400.0

    def commands(self) -> Mapping[str, Argv]:
        """The commands that there are, by name."""
        every = {
            "locate": self.locate,
            "recall": self.recall,
            "poll": self.poll,
            "cancel": self.cancel,
            "release": self.release,
            "library": self.library,
        }
        needed = {"locate", "recall", "poll"}
        return {name: argv for name, argv in every.items() if argv or name in needed}
