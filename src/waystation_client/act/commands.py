"""The commands: `act sub`, `stat`, `get`, `kill`, `clean`, `resub`, `fetch`, `cat`, ...

What they print is what act-client 1.0 prints, for scripts that read it.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

from waystation_client.act import arguments, configuration, delegation, submitting
from waystation_client.act.configuration import Configuration
from waystation_client.act.errors import ActError
from waystation_client.act.saying import say
from waystation_client.act.tower import Tower
from waystation_client.act.webdav import Folder
from waystation_client.datahost import credentials

_AT_ONCE = 4
"""Jobs whose results come at a time."""

Row = dict[str, object]


class Session:
    """What a command has: its words, the configuration, the server."""

    def __init__(self, options: argparse.Namespace, said: Configuration, *, token: bool) -> None:
        self.options = options
        self.said = said
        text = ""
        if token:
            try:
                text = said.token.read_text().strip()
            except OSError as problem:
                words = f"Error reading token file {said.token}. Run act proxy."
                raise ActError(words) from problem
        self.tower = Tower(said.server, text)

    @property
    def ids(self) -> list[int]:
        """Jobs that the command names."""
        return arguments.numbers(getattr(self.options, "id", ""))

    @property
    def chosen(self) -> dict[str, object]:
        """Which of them, by name and state."""
        given = vars(self.options)
        return {name: given.get(name, "") for name in ("name", "state")}

    def webdav(self) -> Folder | None:
        """The user's folder, when the command or the configuration names one."""
        asked = getattr(self.options, "webdav", "")
        base = self.said.webdav if asked in {"", "webdav"} else asked
        if asked and not base:
            raise ActError("WebDAV location not configured")
        if not base:
            return None
        return Folder(base, self.said.proxy, credentials.authorities(os.environ))


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:], os.environ))


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command; its exit code, 0 or 1."""
    parser = arguments.parser()
    options = parser.parse_args(words)
    if not options.command:
        parser.print_help()
        return 0
    try:
        said = configuration.load(options.conf, environment)
        said = _with(said, options)
        session = Session(options, said, token=options.command != "proxy")
        with contextlib.closing(session.tower):
            return _DO[options.command](session) or 0
    except ActError as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Who reads has enough; nothing more is flushed into it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _with(said: Configuration, options: argparse.Namespace) -> Configuration:
    """What the command line says goes before the configuration."""
    server = options.server or said.server
    if not server:
        raise ActError("Config key server not configured")
    if options.port:
        parts = urlsplit(server)
        server = f"{parts.scheme}://{parts.hostname}:{options.port}"
    return Configuration(server, said.token, said.proxy, said.webdav, said.clusters)


def _info(session: Session) -> None:
    told = session.tower.call("GET", "/info")
    assert isinstance(told, dict)
    say(f"aCT server URL: {session.said.server}")
    say("Clusters:")
    for cluster in told["clusters"]:
        say(cluster)
    if "proxyexpires" in told:
        say(f"Proxy expires: {told['proxyexpires']}")


def _proxy(session: Session) -> None:
    proxy, place = delegation.load(session.said.proxy), session.said.token
    asked = {"cert": proxy.pem, "chain": proxy.chain or proxy.pem}
    begun = session.tower.call("POST", "/proxies", asked)
    assert isinstance(begun, dict)
    body = {
        "cert": delegation.signed(proxy, str(begun["csr"])),
        "chain": f"{proxy.pem}{proxy.chain}\n",
    }
    with contextlib.closing(Tower(session.said.server, str(begun["token"]))) as tower:
        told = tower.call("PUT", "/proxies", body)
    assert isinstance(told, dict)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.unlink(missing_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(str(told["token"]))
    except OSError as problem:
        raise ActError(f"{place} cannot be written: {problem.strerror}.") from problem
    say(f"Successfully inserted proxy. Access token stored in {place}")
    say(f"It is good until {proxy.ends:%Y-%m-%d %H:%M:%S} UTC")


def _stat(session: Session) -> None:
    options = session.options
    if options.get_cols:
        told = session.tower.call("GET", "/info")
        assert isinstance(told, dict)
        say(f"arc columns:\n{','.join(told['arc'])}\n")
        say(f"client columns:\n{','.join(told['client'])}")
        return
    wanted = {"client": options.client, "arc": options.arc}
    rows = session.tower.jobs("GET", session.ids, **session.chosen, **wanted)
    if rows:
        _table(rows)


def _table(rows: Sequence[Row]) -> None:
    """A column each, as wide as the widest; names without their table's letter."""
    wide = {key: max(len(key[2:]), *(len(str(row[key])) for row in rows)) for key in rows[0]}
    say(" ".join(f"{key[2:]: <{wide[key]}}" for key in wide) + " ")
    say("-" * (sum(wide.values()) + len(wide) - 1))
    for row in rows:
        shown = {key: str(row[key] or "").strip() and str(row[key]) for key in wide}
        say(" ".join(f"{shown[key] or _EMPTY: <{wide[key]}}" for key in wide) + " ")


_EMPTY = "''"


def _changed(action: str, words: str) -> Callable[[Session], None]:
    def change(session: Session) -> None:
        found = session.tower.jobs("PATCH", session.ids, action=action, **session.chosen)
        say(words.format(len(found)))

    return change


def _kill(session: Session) -> None:
    found = session.tower.jobs("PATCH", session.ids, action="cancel", **session.chosen)
    say(f"Will kill {len(found)} jobs")
    early = {None, "tosubmit", "submitting"}
    _tidy(session, [_number(row, "c_id") for row in found if row["a_arcstate"] in early])


def _clean(session: Session) -> None:
    done = session.tower.jobs("DELETE", session.ids, **session.chosen)
    say(f"Cleaned {len(done)} jobs")
    _tidy(session, [int(str(each)) for each in done])


def _get(session: Session) -> int:
    state = session.options.state
    if state not in {"", "done", "donefailed"}:
        raise ActError('State parameter not "done" or "donefailed"')
    asked = {"name": session.options.name, "client": "id,jobname", "arc": "IDFromEndpoint"}
    found: list[Row] = []
    for each in [state] if state else ["done", "donefailed"]:
        found += session.tower.jobs("GET", session.ids, state=each, **asked)
    for missing in sorted(set(session.ids) - {_number(row, "c_id") for row in found}):
        say(f"Job with ID {missing:8} does not exist or is not in proper state")
    with ThreadPoolExecutor(_AT_ONCE) as crew:
        whole = list(crew.map(lambda each: _fetched(session, *each), _placed(session, found)))
    good = [number for number, well in whole if well]
    if good and not session.options.noclean:
        done = session.tower.jobs("DELETE", good)
        _tidy(session, [int(str(each)) for each in done])
    return 0 if len(good) == len(found) else 1


def _placed(session: Session, found: Sequence[Row]) -> list[tuple[Row, Path]]:
    """Where each goes: a folder that is not there yet."""
    taken: set[Path] = set()
    placed = []
    for row in found:
        key = "c_jobname" if session.options.use_jobname else "a_IDFromEndpoint"
        name = str(row[key] or row["c_id"]).replace("/", "_")
        folder, n = Path(name), 0
        while folder in taken or folder.exists():
            n += 1
            folder = Path(f"{name}_{n}")
        taken.add(folder)
        placed.append((row, folder))
    return placed


def _fetched(session: Session, row: Row, folder: Path) -> tuple[int, bool]:
    number, name = _number(row, "c_id"), row["c_jobname"]
    try:
        some = session.tower.fetch(number, folder)
    except (ActError, OSError) as problem:
        say(f"Errors downloading job {name}:\n    {problem}")
        return number, False
    if some:
        say(f"Results for job {name} stored in {folder}")
    else:
        say(f"No output files for job {name}")
    return number, True


def _sub(session: Session) -> int:
    named = session.options.clusterlist
    clusters = session.said.clusters.get(named) or named.split(",")
    with contextlib.ExitStack() as stack:
        folder = session.webdav()
        if folder is not None:
            stack.enter_context(folder)
        jobs = submitting.submit(session.tower, session.options.xRSL, clusters, folder)
    bad = [each for each in jobs if each.words]
    for each in jobs:
        if each.words and each.name:
            say(f"Job {each.name} not submitted: {each.words}")
        elif each.words:
            say(f"Job description {each.path} not submitted: {each.words}")
        else:
            say(f"Inserted job {each.name} with ID {each.number}")
    left = [each.number for each in bad if each.number]
    if left:
        say("Cleaning up failed or cancelled jobs ...")
        session.tower.jobs("PATCH", left, action="cancel")
        _tidy(session, left)
    return 1 if bad else 0


def _cat(session: Session) -> int:
    stream = "StdErr" if session.options.stderr else "StdOut"
    wanted = {"client": "id,jobname", "arc": f"IDFromEndpoint,cluster,{stream}"}
    code = 0
    for row in session.tower.jobs("GET", session.ids, **session.chosen, **wanted):
        name = row.get(f"a_{stream}")
        if name is None:
            say(f"{stream.lower()} not yet available for job {row['c_id']} {row['c_jobname']}")
            continue
        # This server has it itself; the old one sent its client to the cluster.
        at = f"/arex/rest/1.0/jobs/{row['a_IDFromEndpoint']}/session/{quote(str(name))}"
        try:
            for piece in session.tower.read(at):
                sys.stdout.write(piece.decode(errors="replace"))
        except ActError as problem:
            about = f"job {row['c_id']} {row['c_jobname']}"
            say(f"Error fetching {stream.lower()} for {about}: {problem}")
            code = 1
    return code


def _tidy(session: Session, numbers: Sequence[int]) -> None:
    """Folders that jobs had in the user's WebDAV folder go."""
    folder = session.webdav() if numbers else None
    if folder is None:
        return
    say("Cleaning WebDAV directories ...")
    with folder:
        for number in numbers:
            try:
                folder.clean(number)
            except ActError as problem:
                say(str(problem))


def _number(row: Row, name: str) -> int:
    return int(str(row[name]))


_DO: Mapping[str, Callable[[Session], int | None]] = {
    "info": _info,
    "proxy": _proxy,
    "stat": _stat,
    "sub": _sub,
    "get": _get,
    "kill": _kill,
    "clean": _clean,
    "cat": _cat,
    "fetch": _changed("fetch", "Will fetch {} jobs"),
    "resub": _changed("resubmit", "Will resubmit {} jobs"),
}
