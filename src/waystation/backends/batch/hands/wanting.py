"""What no batch system can take."""

import re

from waystation.domains.jobs.entities import Task

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUEUE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,63}")


def is_key(text: str) -> bool:
    """Whether it may be the key of a run, and so a name of a file."""
    return _KEY.fullmatch(text) is not None


def objection(task: Task) -> str | None:
    """Why it can run nowhere, one sentence; None when it may."""
    words = (
        *task.around,
        *task.command,
        *task.environment.values(),
        *task.environment,
        str(task.folder),
    )
    needs = task.resources
    rules = (
        (is_key(task.key), "The key of a run has letters, digits, - and _, at most 64."),
        (task.command and task.command[0], "There is no command."),
        (
            not any("\0" in word for word in words),
            "No word of a command and no variable can have a NUL.",
        ),
        (
            not any("=" in name or not name for name in task.environment),
            "The name of a variable is not empty and has no =.",
        ),
        (task.folder.is_absolute(), "The folder of a run is absolute."),
        (
            needs.cpus >= 1 and min(needs.memory, needs.time_s, needs.gpus) >= 0,
            "It needs one core at least, and nothing less than 0.",
        ),
        (_may_name(task.queue), f"{task.queue!r} cannot be the name of a queue."),
        (_may_name(task.project), f"{task.project!r} cannot be the name of a project."),
    )
    return next((sentence for holds, sentence in rules if not holds), None)


def _may_name(text: str) -> bool:
    return not text or _QUEUE.fullmatch(text) is not None
