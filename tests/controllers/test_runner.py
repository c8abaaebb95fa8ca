"""The clockwork outlives what runs in it: one thread a step, whatever the step does."""

import threading
from concurrent.futures import ThreadPoolExecutor

from running import until
from waystation.controllers.runner import Runner, Step
from waystation.kernel.errors import UnavailableError

QUICKLY = (0.01, 0.02)


def test_m11_whatever_a_step_raises_it_runs_again():
    """An unforeseen exception killed the thread silently: no callbacks ever again."""
    trouble = [ValueError("a bug"), UnavailableError("away"), KeyError(), OSError(28, "full")]
    runs: list[int] = []

    def step() -> int:
        runs.append(1)
        if len(runs) <= len(trouble):
            raise trouble[len(runs) - 1]
        return 0

    clockwork = Runner([Step("deliver", step, 0.01)], pauses_s=QUICKLY)
    clockwork.start()
    try:
        assert until(lambda: len(runs) > len(trouble) + 3, 20, every=0.01)
    finally:
        assert clockwork.stop()


def test_m12_a_step_that_fails_again_and_again_stays_one_thread():
    """Each reconnect added a thread, so that everything was told twice."""
    inside, most, threads = threading.Semaphore(1), [0], set()
    runs = 0

    def step() -> int:
        nonlocal runs
        assert inside.acquire(blocking=False), "two at once"
        try:
            runs += 1
            threads.add(threading.get_ident())
            most[0] = max(most[0], sum(t.name == "step-hear" for t in threading.enumerate()))
            raise UnavailableError("The broker is away.")
        finally:
            inside.release()

    clockwork = Runner([Step("hear", step, 0.01)], pauses_s=QUICKLY)
    clockwork.start()
    try:
        with ThreadPoolExecutor(4) as many:
            list(many.map(clockwork.wake, ["hear", ""] * 20))
        assert until(lambda: runs > 20, 20, every=0.01)
    finally:
        assert clockwork.stop()
    assert (len(threads), most[0]) == (1, 1)
