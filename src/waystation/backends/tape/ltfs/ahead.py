"""Reading ahead: the drive goes on while the disk takes what was read before."""

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import suppress

DEPTH = 64
"""Pieces that may wait for the disk."""

LOOK_S = 0.2
"""How often a full queue looks whether anybody still takes from it."""


def ahead(take: Callable[[], bytes]) -> Generator[bytes, None, None]:
    """What `take` gives until it gives nothing, fetched by a thread of its own.

    Close it when it is not taken to its end; it then waits for the call under way.

    Raises:
        Exception: what `take` raised, in its place.
    """
    waiting: queue.Queue[bytes | Exception] = queue.Queue(DEPTH)
    enough = threading.Event()
    reader = threading.Thread(target=_fetch, args=(take, waiting, enough), name="ltfs-ahead")
    reader.start()
    try:
        while piece := waiting.get():
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        enough.set()
        reader.join()


def _fetch(
    take: Callable[[], bytes], waiting: "queue.Queue[bytes | Exception]", enough: threading.Event
) -> None:
    piece: bytes | Exception = b"first"
    while piece and not isinstance(piece, Exception) and not enough.is_set():
        try:
            piece = take()
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            piece = error
        while not enough.is_set():
            with suppress(queue.Full):
                waiting.put(piece, timeout=LOOK_S)
                break
