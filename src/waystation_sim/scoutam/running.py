"""A simulated ScoutAM with its daemon running: for tests, benchmarks and the demonstration."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from waystation_sim.scoutam.cli import set_up
from waystation_sim.scoutam.settings import ScoutSettings
from waystation_sim.site.running import RunningSite


class RunningScoutAM(RunningSite):
    """A site directory whose daemon is a child process that answers as ScoutAM.

    Archive a tree first, then `set_up`, then start it (or use it as a context manager).
    """

    program = ("waystation_sim.scoutam", "scoutam")

    def set_up(
        self, *, nodes: int = 2, token_s: float = 3600.0, kafka: dict[str, str] | None = None
    ) -> ScoutSettings:
        """Give it ports, a certificate and an account.

        Args:
            nodes: how many ports answer.
            token_s: how long a token is good for.
            kafka: settings of librdkafka's producer; None = no news.
        """
        return set_up(self.site, nodes=nodes, token_s=token_s, kafka=kafka)

    @property
    def settings(self) -> ScoutSettings:
        """What was settled at `set_up`."""
        return ScoutSettings.of(self.site.root)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where its nodes answer."""
        return tuple(f"https://127.0.0.1:{port}" for port in self.settings.ports)

    def accepted(self) -> int:
        """How many batchstage calls set a tape going since the site exists."""
        return self.asked("select count(*) from scout_request where started > 0")

    @contextmanager
    def calls(self) -> Iterator[list[tuple[str, str, int]]]:
        """Calls that are made meanwhile: method, path, bytes of the body; filled at the end."""
        log = self.site.root / f"calls-{uuid4().hex}.log"
        made: list[tuple[str, str, int]] = []
        self.fault("scout-log", str(log))
        try:
            yield made
        finally:
            self.fault("scout-log")
            lines = log.read_text().splitlines() if log.exists() else []
            made += [(m, path, int(size)) for m, path, size in map(str.split, lines)]

    def say(self, topic: str, filename: str, error: str = "") -> None:
        """Let it send a message that nothing has caused."""
        self.fault("news-say", filename, state=topic, stderr=error)
