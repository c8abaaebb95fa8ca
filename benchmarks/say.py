"""How a figure is printed: what, how much, the goal, whether it holds, and the peer's."""


def figure(
    what: str,
    value: float,
    relation: str | None,
    goal: float | None,
    unit: str,
    *,
    peer: str = "",
) -> bool:
    """Print one line; True when there is no goal or it holds."""
    holds = True
    wanted = ""
    if relation is not None and goal is not None:
        holds = value >= goal if relation == ">=" else value <= goal
        wanted = f"goal {relation} {goal:,g}"
    mark = "" if not wanted else ("  holds" if holds else "  MISSED")
    beside = f"   peer: {peer}" if peer else ""
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
    print(f"{what:<52} {shown:>10} {unit:<7} {wanted:<18}{mark}{beside}", flush=True)
    return holds
