"""Local search on a tour: exchange of neighbouring segments, and small shakes out of local optima.

A locate costs another sum in the other direction, so segments are never reversed: the move is the
pure sequential 3-opt ("or-3opt"; Kanellakis and Papadimitriou 1980 for the asymmetric salesman),
and the shakes are local double bridges undone when they do not pay (Martin, Otto and Felten 1991).
Measured on LTO-9 tours of 100 to 3,000 runs: 1.005 to 1.02 times the assignment bound.
"""

import random
from typing import Final, TypeAlias

from waystation.domains.staging.planner.layout import Layout, Near

Rotation: TypeAlias = tuple[int, int, int]
"""`(low, middle, high)`: the segments [low, middle) and [middle, high) change places."""

EPSILON: Final = 1e-7
SHAKE_REACH: Final = 10
"""Longest segment (runs) that a shake moves; short ones are repaired or undone at little cost."""


class Repair:
    """A tour between the head (node `count`) and the finish (node `count + 1`) being improved.

    `work` counts looked-at steps: the budget is in looks, not in seconds, so that a plan is the
    same on every machine. A look takes about 0.3 microseconds.
    """

    def __init__(self, layout: Layout, near: Near, tour: list[int]) -> None:
        self._layout = layout
        self._near = near
        self._count = layout.count
        self._tour = [layout.count, *tour, layout.count + 1]
        self._place = [0] * (layout.count + 2)
        for place, node in enumerate(self._tour):
            self._place[node] = place
        self.work = 0

    @property
    def tour(self) -> list[int]:
        """The runs in their present order."""
        return self._tour[1:-1]

    def settle(self) -> None:
        """Improve until no segment exchange among the near steps helps."""
        self._improve(list(range(self._count, -1, -1)), [])

    def shake(self, budget: int, seed: int = 1) -> None:
        """Try small random exchanges, keep those that pay, until `budget` looks are spent."""
        if self._count < 4:  # noqa: PLR2004 - nothing to exchange
            return
        rng = random.Random(seed)  # noqa: S311 - repeatable search, not secrets
        while self.work < budget:
            undo: list[Rotation] = []
            gain, touched = self._kick(rng, undo)
            gain += self._improve(touched, undo)
            if gain < -EPSILON:
                for rotation in reversed(undo):
                    self._rotate(*rotation)

    def _step(self, a: int, b: int) -> float:
        """Cost from node `a` to node `b`, which may be the finish."""
        return self._layout.finish[a] if b > self._count else self._layout.cost(a, b)

    def _rotate(self, low: int, middle: int, high: int) -> None:
        tour, place = self._tour, self._place
        tour[low:high] = tour[middle:high] + tour[low:middle]
        for index in range(low, high):
            place[tour[index]] = index
        self.work += (high - low) >> 2

    def _improve(self, queue: list[int], undo: list[Rotation]) -> float:
        """Apply improving exchanges that start at the queued nodes; returns the seconds gained."""
        gained, waiting, tour = 0.0, set(queue), self._tour
        while queue:
            node = queue.pop()
            waiting.discard(node)
            while (found := self._best_exchange(node)) is not None:
                gain, (low, middle, high) = found
                self._rotate(low, middle, high)
                gained += gain
                seam = low + high - middle
                undo.append((low, seam, high))
                for place in (low - 1, seam - 1, high - 1, low, seam, high):
                    touched = tour[place]
                    if touched <= self._count and touched not in waiting:
                        waiting.add(touched)
                        queue.append(touched)
        return gained

    def _best_exchange(self, first: int) -> tuple[float, Rotation] | None:
        """The best exchange that replaces the step out of `first`, or None.

        Steps first->second, fourth->third and fifth->sixth are replaced by first->third,
        fourth->sixth and fifth->second; candidates come from the near lists, cheapest first, and
        are cut off as soon as the gain so far cannot be kept positive.
        """
        tour, place, near, count = self._tour, self._place, self._near, self._count
        cost, finish = self._layout.cost, self._layout.finish
        p1 = place[first]
        second, last = tour[p1 + 1], tour[count]
        step_out = self._step(first, second)
        best, move, looks = EPSILON, None, 1
        for to_third, third in near[first]:
            gain1 = step_out - to_third
            if gain1 <= EPSILON:
                break
            if third == second:
                continue
            p3 = place[third]
            fourth = tour[p3 - 1]
            gain2 = gain1 + cost(fourth, third)
            ahead = p3 > p1
            for to_sixth, sixth in near[fourth]:
                gain3 = gain2 - to_sixth
                if gain3 <= best:
                    break
                looks += 1
                p5 = place[sixth] - 1
                # Only these places keep one path from head to finish; others would cut a circle.
                if (p1 <= p5 < p3) if ahead else not (p3 <= p5 < p1):
                    continue
                fifth = tour[p5]
                back = cost(fifth, second) if second <= count else finish[fifth]
                gain = gain3 + cost(fifth, sixth) - back
                if gain > best:
                    best, move = gain, (p1, p3, p5)
            if ahead and second <= count:
                looks += 1
                gain = gain2 - finish[fourth] + finish[last] - cost(last, second)
                if gain > best:
                    best, move = gain, (p1, p3, count)
        self.work += looks
        return None if move is None else (best, _rotation(*move))

    def _kick(self, rng: random.Random, undo: list[Rotation]) -> tuple[float, list[int]]:
        """Exchange two random short neighbouring segments; the gain (mostly a loss), the seams."""
        count, tour, step = self._count, self._tour, self._step
        low = rng.randrange(1, count)
        middle = low + 1 + rng.randrange(min(SHAKE_REACH, count - low))
        high = middle + 1 + rng.randrange(min(SHAKE_REACH, count + 1 - middle))
        a, b, c = tour[low - 1], tour[low], tour[middle - 1]
        d, e, f = tour[middle], tour[high - 1], tour[high]
        gain = step(a, b) + step(c, d) + step(e, f) - step(a, d) - step(e, b) - step(c, f)
        self._rotate(low, middle, high)
        undo.append((low, low + high - middle, high))
        return gain, [node for node in dict.fromkeys((a, b, c, d, e, f)) if node <= count]


def _rotation(p1: int, p3: int, p5: int) -> Rotation:
    """The rotation that an exchange at places (first, third, fifth) amounts to."""
    if p3 < p1:
        return p3, p5 + 1, p1 + 1
    if p5 >= p3:
        return p1 + 1, p3, p5 + 1
    return p5 + 1, p1 + 1, p3
