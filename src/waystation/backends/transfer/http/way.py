"""Moves by HTTP, whichever of the ends is here."""

from collections.abc import Mapping

from waystation.backends.transfer.hands import places, program
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.hands.engine import HandEngine, each
from waystation.backends.transfer.hands.task import Task
from waystation.backends.transfer.http import told
from waystation.backends.transfer.http.config import HttpConfig
from waystation.backends.transfer.http.copy import copy
from waystation.backends.transfer.http.placing import Placing
from waystation.backends.transfer.http.server import Servers, There
from waystation.backends.transfer.http.streams import Fetching, send
from waystation.domains.transfers.entities import Ability, Endpoint, Kind, Piece
from waystation.kernel.clock import Clock


class HttpWay:
    """`Way` between HTTP and HTTP, and between HTTP and PATH."""

    def __init__(self, config: HttpConfig) -> None:
        self._config = config
        self._servers = Servers(config)

    def check_config(self) -> list[str]:
        """As the port promises."""
        said = self._config
        wrong = program.unreadable(said.ca_file, said.ca_dir)
        if not said.hosts.names:
            wrong.append("No server may be called: name some in transfers.hosts.")
        return wrong

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        kinds = {source.kind, target.kind}
        if Kind.HTTP not in kinds or not kinds <= {Kind.HTTP, Kind.PATH}:
            return (
                f"It moves between servers and folders of this machine, not from "
                f"{source.kind.value} to {target.kind.value}."
            )
        for end in (source, target):
            if end.kind is Kind.HTTP:
                refusal = self._config.hosts.objection(end.facts.get("url", ""))
            else:
                refusal = places.objection(end, self._config.host)
            if refusal:
                return refusal
        return None

    def move(self, task: Task) -> None:
        """As `Way` promises."""
        load = task.load
        if load.target.kind is Kind.PATH:
            root = places.root_of(load.target)
            each(task, load.pieces, self._config.width, lambda piece: self._get(task, root, piece))
            places.keep_names(root, (piece.target for piece in load.pieces))
            return
        placing = Placing(task, self._servers, part_names=self._config.part_names)

        def one(piece: Piece) -> None:
            if not placing.is_there(piece):
                if load.source.kind is Kind.PATH:
                    self._put(task, placing, places.root_of(load.source), piece)
                else:
                    self._copy(task, placing, piece)
            task.arrived(piece)

        each(task, load.pieces, self._config.width, one)

    def close(self) -> None:
        """As `Way` promises."""
        self._servers.close()

    def _get(self, task: Task, root: str, piece: Piece) -> None:
        if not places.is_there(root, piece, task.check):
            source = There.at(task.load.source, piece.source)
            part = places.part_name(task, piece)
            with places.landing(root, piece.target, part, durable=True) as file:
                Fetching(task, self._servers, piece, source).into(file, self._config.tries)
        task.arrived(piece)

    def _put(self, task: Task, placing: Placing, root: str, piece: Piece) -> None:
        with places.reading(root, piece.source) as file:
            places.checked_size(file, piece)
            placing.place(piece, lambda to: send(task, self._servers, file, piece, to))

    def _copy(self, task: Task, placing: Placing, piece: Piece) -> None:
        source = There.at(task.load.source, piece.source)

        def write(target: There) -> Mapping[str, str]:
            def hear(size: int) -> None:
                task.passed(piece, size)
                task.check()

            pull = self._config.copy == "pull"
            copy(self._servers, source, target, pull=pull, hear=hear)
            if piece.checksums:
                return {}
            _, headers = self._servers.status("HEAD", source, told.wanted("adler32"))
            return told.found(headers)

        placing.place(piece, write)


def http_engine(config: HttpConfig, clock: Clock, claims: Claims) -> HandEngine:
    """The engine `http_tpc`."""
    ability = Ability(config.most_files, config.most_active, verifies=True, survives=False)
    return HandEngine(config.name, ability, HttpWay(config), clock, claims)
