"""The nodes of one ScoutAM: used in turn, set aside when they fail, tried again after a pause."""

import threading
import time
from collections.abc import Iterator, Sequence

import httpx


class Node:
    """One node: its connections, our token there, and whether it is set aside.

    Attributes:
        url: its base.
        http: keeps connections open; safe to use from several threads.
        token: given by the last login; empty before the first.
        lock: held while somebody logs in.
    """

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url = url
        self.http = http
        self.token = ""
        self.lock = threading.Lock()
        self._aside_until = 0.0

    def set_aside(self, pause_s: float) -> None:
        """It failed."""
        self._aside_until = time.monotonic() + pause_s

    def answered(self) -> None:
        """It works."""
        self._aside_until = 0.0

    def may_be_used(self, pause_s: float) -> bool:
        """Whether to send it a call.

        When its pause is over one caller tries it; the others pass it by until that one knows.
        """
        if not self._aside_until:
            return True
        if time.monotonic() < self._aside_until:
            return False
        self.set_aside(pause_s)
        return True


class Nodes:
    """All nodes, in turn. Safe to use from several threads."""

    def __init__(self, nodes: Sequence[Node], pause_s: float) -> None:
        self._nodes = list(nodes)
        self._pause_s = pause_s
        self._turn = 0
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def pick(self, failed: Node | None = None) -> Node | None:
        """The next node, None without any.

        Another than `failed` when there is one; when all are set aside, one of them all the same:
        a call that might succeed is better than none.
        """
        with self._lock:
            self._turn += 1
            ring = [
                self._nodes[(self._turn + n) % len(self._nodes)] for n in range(len(self._nodes))
            ]
            others = [node for node in ring if node is not failed]
            for node in others:
                if node.may_be_used(self._pause_s):
                    return node
            return next(iter([*others, *ring]), None)

    def failed(self, node: Node) -> None:
        """A call to this node failed."""
        node.set_aside(self._pause_s)
