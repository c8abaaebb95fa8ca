"""A house in which something else happens at a chosen moment: before or after any call."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from jobs.yard import Yard
from waystation.domains.jobs.ports import Batch, Depot

Passes = Callable[[str, object], None]
Told = Callable[[Mapping], Mapping]


class Moments:
    """Something real, whose calls are moments.

    Args:
        real: what is called.
        passes: hears "before NAME" and "after NAME", the latter with the answer.
        answers: of a call, what is said instead of its answer.
    """

    def __init__(self, real: object, passes: Passes, answers: Mapping[str, Told]) -> None:
        self._real, self._passes, self._answers = real, passes, answers

    def __getattr__(self, name: str) -> object:
        found = getattr(self._real, name)
        if not callable(found):
            return found

        def call(*args: object, **more: object) -> object:
            self._passes(f"before {name}", None)
            answer = found(*args, **more)
            if name in self._answers:
                answer = self._answers[name](answer)
            self._passes(f"after {name}", answer)
            return answer

        return call


class MomentsYard(Yard):
    """A yard whose batch system, depot and space have moments; those of the space are its own.

    Attributes:
        happened: what was to happen has happened.
    """

    def __init__(self, dsn, root, **more) -> None:
        self._moment, self._act, self._when = "", None, None
        self._answers: dict[str, Told] = {}
        self.happened = False
        super().__init__(dsn, root, **more)

    def at(self, moment: str, act: Callable[[], object], when=None) -> None:
        """Have this happen once, the next time that it is so; `when` looks at the answer."""
        self._moment, self._act, self._when, self.happened = moment, act, when, False

    def answer(self, name: str, told: Told | None) -> None:
        """What the batch system says from now on; None is the truth."""
        self._answers.pop(name, None)
        if told is not None:
            self._answers[name] = told

    def system(self) -> Batch:
        return Moments(super().system(), self._pass, self._answers)  # type: ignore[return-value]

    def depot(self, hosting) -> Depot:
        inside = Moments(hosting.batches, lambda m, a: self._pass(f"{m} in the space", a), {})
        real = super().depot(replace(hosting, batches=inside))
        return Moments(real, self._pass, {})  # type: ignore[return-value]

    def _pass(self, moment: str, answer: object) -> None:
        act = self._act
        if act is None or moment != self._moment or (self._when and not self._when(answer)):
            return
        self._act = None
        act()
        self.happened = True
