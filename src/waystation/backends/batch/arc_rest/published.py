"""How full a computing element is, by the GLUE2 that it publishes."""

from collections.abc import Iterator

from waystation.domains.jobs.entities import Depth


def depth(told: object) -> Depth:
    """What it says; A-REX renews it once a minute.

    Args:
        told: GLUE2 in JSON, where one element is an object and several are a list.
    """
    slots, used = _sum(told, "TotalSlots"), _sum(told, "SlotsUsedByGridJobs")
    free = _sum(told, "FreeSlots")
    states = {str(each).lower() for each in _values(told, "ServingState")}
    closed = bool(states) and "production" not in states
    words = f"It says that it is {', '.join(sorted(states))}." if closed else ""
    left = slots - used if slots is not None and used is not None else None
    return Depth(
        slots,
        free if free is not None else left,
        _sum(told, "WaitingJobs") or 0,
        _sum(told, "RunningJobs") or 0,
        not closed,
        words,
    )


def _sum(told: object, name: str) -> int | None:
    """The largest of what is said of the same thing in several places; None when nothing is."""
    numbers = [int(str(each)) for each in _values(told, name) if str(each).isdigit()]
    return max(numbers, default=None)


def _values(told: object, name: str) -> Iterator[object]:
    waiting = [told]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            if name in each and not isinstance(each[name], dict | list):
                yield each[name]
            waiting += [value for value in each.values() if isinstance(value, dict | list)]
