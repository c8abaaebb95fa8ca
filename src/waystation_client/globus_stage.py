#!/usr/bin/python3 -IS
"""The Globus stage app: asks Waystation once whether a file is on disk, and has it recalled.

Globus Connect Server runs it for every file and every poll, as the local user, without arguments;
so it imports little (neither json nor typing, each dearer than the call) and starts with any
Python from 3.7 on, without this package. It is a drop-in for both clients of ltfsee_globus. Of its
environment it reads:

  GLOBUS_STAGE_PATH    the file (Globus sets it)
  GLOBUS_STAGE_TASKID  the Globus task (Globus sets it)
  LTFSEE_URL           `http://…`, `https://…`, or `unix:/run/…/stage.sock` of a Waystation on this
                       host; http://localhost:5000 when not set
  AUTH_KEY             key for http and https: a Waystation token, or the shared key of old
  TIMEOUT              most seconds for the whole call, 10 when not set; may have a fraction
  PATH_MAP             `/nfs/a=/gpfs/a;/nfs/b=/gpfs/b`: the longest fitting front is replaced
  AUTOFS               an autofs map: the front is replaced by what the map says of its last part
  DEPTH                how many parts the front has, `/` counted, 4 when not set
  DEBUG                any text: say on stderr what is done

Without PATH_MAP, AUTOFS and DEPTH the path is sent as it is. With DEPTH only, or with AUTOFS
empty, the front is replaced by what /proc/mounts says is mounted there.

It prints `resident` or `archived` and ends with 0. It ends with 2 when there is no such file, with
255 when the service refuses, with 1 when something is wrong with the call itself.
"""

from __future__ import annotations

import os
import socket
import sys
import time

TYPE_CHECKING = False  # as type checkers take it; importing it costs as much as the call
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

RESIDENT_OR_ARCHIVED, NO_SUCH_FILE, WRONG_CALL, REFUSED = 0, 2, 1, 255
CREATED, NOT_FOUND = 201, 404
CALL = "/api/v0.5/globus_recall/globus_recall"
DEFAULT_URL, DEFAULT_TIMEOUT_S, DEFAULT_DEPTH = "http://localhost:5000", 10.0, 4
MOUNTS = "/proc/mounts"
_MOST_BYTES = 1 << 20


class WrongCallError(Exception):
    """The environment, a map or the connection is of no use; the words say why."""


def main(environment: Mapping[str, str], out: IO[str], err: IO[str]) -> int:
    """Ask once; the exit code. The environment is the whole input."""
    try:
        path = remapped(_needed(environment, "GLOBUS_STAGE_PATH"), environment)
        asked = {"path": path, "globus_taskid": _needed(environment, "GLOBUS_STAGE_TASKID")}
        if environment.get("DEBUG"):
            print("asks for {path} of task {globus_taskid}".format(**asked), file=err)
        status, body = post(asked, environment)
    except (WrongCallError, OSError) as problem:
        print(f"way-globus-stage: {problem}", file=err)
        return WRONG_CALL
    if status == NOT_FOUND:
        print("No such file on archive", file=err)
        return NO_SUCH_FILE
    state = _state(body) if status == CREATED else None
    if state is None:
        words = body.decode("utf-8", "replace").strip()
        print(f"ERROR response {status} Payload: {words}", file=err)
        return REFUSED
    print(state, file=out)
    return RESIDENT_OR_ARCHIVED


# ------------------------------------------------------------------------------------- the call


def post(asked: Mapping[str, str], environment: Mapping[str, str]) -> tuple[int, bytes]:
    """POST the question; status and body of the answer.

    HTTP/1.0, so that the answer ends with the connection and comes in one piece whatever is
    between us and the service.

    Raises:
        WrongCallError: a variable is missing or of no use, or the answer is no HTTP.
        OSError: no connection, or no answer in time.
    """
    deadline_s = time.monotonic() + timeout_s(environment)
    url = environment.get("LTFSEE_URL") or DEFAULT_URL
    scheme, _, rest = url.partition(":")
    body = document(asked)
    head = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    if scheme == "unix":
        head["Host"], prefix = "localhost", ""
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(_left(deadline_s))
        link.connect("/" + rest.lstrip("/"))
    elif scheme in ("http", "https"):
        authority, _, below = rest.lstrip("/").partition("/")
        head["Host"], prefix = authority, "/" + below.strip("/") if below.strip("/") else ""
        head["X-API-KEY"] = _needed(environment, "AUTH_KEY")
        link = _connected(scheme, authority, deadline_s)
    else:
        raise WrongCallError("LTFSEE_URL must begin with http:, https: or unix:")
    with link:
        lines = [f"POST {prefix}{CALL} HTTP/1.0"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise WrongCallError("AUTH_KEY or LTFSEE_URL has a line end in it")
        link.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return _answer(link, deadline_s)


def document(members: Mapping[str, str]) -> bytes:
    """Texts as a JSON object, RFC 8259: everything but plain ASCII letters as UTF-16 escapes."""
    pairs = [f'"{_escaped(name)}": "{_escaped(value)}"' for name, value in members.items()]
    return ("{" + ", ".join(pairs) + "}").encode("ascii")


def _escaped(text: str) -> str:
    written = []
    for letter in text:
        if " " <= letter <= "~" and letter not in '"\\':
            written.append(letter)
            continue
        units = letter.encode("utf-16-be", "surrogatepass").hex()
        written += [f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)]
    return "".join(written)


def timeout_s(environment: Mapping[str, str]) -> float:
    """Seconds that the call may take.

    Raises:
        WrongCallError: TIMEOUT is no positive number.
    """
    text = environment.get("TIMEOUT") or str(DEFAULT_TIMEOUT_S)
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise WrongCallError(f"TIMEOUT must be a number of seconds, not {text!r}")
    return found


def _connected(scheme: str, authority: str, deadline_s: float) -> socket.socket:
    host, port = authority, {"http": 80, "https": 443}[scheme]
    front, colon, number = authority.rpartition(":")
    if colon and number.isdigit():
        host, port = front, int(number)
    host = host.strip("[]")
    link = socket.create_connection((host, port), timeout=_left(deadline_s))
    if scheme == "http":
        return link
    import ssl  # noqa: PLC0415 - a third of the start-up, and most calls stay on the host

    return ssl.create_default_context().wrap_socket(link, server_hostname=host)


def _answer(link: socket.socket, deadline_s: float) -> tuple[int, bytes]:
    parts: list[bytes] = []
    size = 0
    while size < _MOST_BYTES:
        link.settimeout(_left(deadline_s))
        part = link.recv(65536)
        if not part:
            break
        parts.append(part)
        size += len(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():  # noqa: PLR2004 - version and status
        raise WrongCallError(f"the answer is no HTTP: {head[:100]!r}")
    return int(words[1]), body


def _left(deadline_s: float) -> float:
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise WrongCallError("no answer within TIMEOUT")
    return left


def _state(body: bytes) -> str | None:
    """The answer has one member of two values: told apart without a parser."""
    bare = b"".join(body.split())
    states = ("resident", "archived")
    return next((each for each in states if bare == b'{"state":"%s"}' % each.encode()), None)


def _needed(environment: Mapping[str, str], name: str) -> str:
    found = environment.get(name, "")
    if not found:
        raise WrongCallError(f"{name} is not set")
    return found


# -------------------------------------------------------------------------------- paths over NFS


def remapped(path: str, environment: Mapping[str, str], mounts: str = MOUNTS) -> str:
    """The path as the archive's own file system has it; see the variables at the top.

    Raises:
        WrongCallError: a map is asked for and says nothing of this path, or cannot be read.
    """
    if environment.get("PATH_MAP"):
        return _by_pairs(path, environment["PATH_MAP"])
    if "AUTOFS" not in environment and "DEPTH" not in environment:
        return path
    depth = environment.get("DEPTH") or str(DEFAULT_DEPTH)
    if not depth.isdigit() or not int(depth):
        raise WrongCallError(f"DEPTH must be a number of path parts, not {depth!r}")
    parts = ["/"] + [part for part in path.split("/") if part]
    front = "/" + "/".join(parts[1 : int(depth)])
    rest = parts[int(depth) :]
    table = environment.get("AUTOFS") or mounts
    if table == mounts:
        root = _mounted(mounts).get(front)
    else:
        key = parts[: int(depth)][-1]
        known = _autofs(table)
        root = known.get(key, known.get("*"))
        root = root.replace("&", key) if root else None
    if root is None:
        raise WrongCallError(f"{table} says nothing of {front}")
    return "/".join([root.rstrip("/"), *rest])


def _by_pairs(path: str, text: str) -> str:
    best = ("", "")
    for pair in text.split(";"):
        old, equals, new = (part.strip() for part in pair.partition("="))
        fits = path == old or path.startswith(old.rstrip("/") + "/")
        if equals and old and fits and len(old) > len(best[0]):
            best = (old, new)
    if not best[0]:
        raise WrongCallError(f"PATH_MAP says nothing of {path}")
    return best[1].rstrip("/") + path[len(best[0].rstrip("/")) :]


def _mounted(table: str) -> dict[str, str]:
    """What is mounted where, by proc(5): the directory of the server by the directory here."""
    found = {}
    for words in _table(table):
        if len(words) > 1 and ":" in words[0]:
            found[_plain(words[1])] = _plain(words[0].partition(":")[2])
    return found


def _autofs(table: str) -> dict[str, str]:
    """An indirect map, autofs(5): key, options if any, `server:directory`."""
    found = {}
    for words in _table(table):
        places = [word for word in words[1:] if ":" in word and not word.startswith("-")]
        if places and not words[0].startswith("#"):
            found[words[0]] = places[0].partition(":")[2]
    return found


def _table(name: str) -> list[list[str]]:
    try:
        with open(name, encoding="utf-8", errors="surrogateescape") as lines:  # noqa: PTH123 - pathlib takes longer to import than all of this
            return [words for words in map(str.split, lines) if words]
    except OSError as problem:
        raise WrongCallError(f"{name}: {problem.strerror}") from problem


def _plain(text: str) -> str:
    r"""A name of /proc/mounts: blanks and the like are written there as `\040`."""
    front, *rest = text.split("\\")
    return front + "".join(
        chr(int(part[:3], 8)) + part[3:] if part[:3].isdigit() else "\\" + part for part in rest
    )


def run() -> None:
    """The command."""
    sys.exit(main(os.environ, sys.stdout, sys.stderr))


if __name__ == "__main__":
    run()
