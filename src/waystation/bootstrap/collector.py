"""Python's collector of reference cycles, told what a process of bulk work is like.

By default it looks at young objects each 700 allocations and at all of them ever again while a
batch of 20,000 rows grows: a third of the CPU time of 100,000 Kafka messages (`python -m
benchmarks.service.kafka`). Our rows are not cyclic; those that are can wait a moment longer.
"""

import gc

YOUNG = 100_000
"""Allocations between two looks: some ten megabytes of rows at most wait for the next one."""


def seldom() -> None:
    """Look seldom from now on. Call before the first import: start-up is a quarter quicker."""
    gc.set_threshold(YOUNG, 20, 20)


def calm() -> None:
    """Never again look at what start-up made. Call when a process is ready."""
    gc.collect()
    gc.freeze()
    seldom()
