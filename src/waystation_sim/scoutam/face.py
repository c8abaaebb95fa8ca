"""ScoutAM's REST calls as its public clients make them."""

import asyncio
import json
import os
import stat
from collections.abc import Callable, Mapping

from waystation_sim.scoutam.slips import Slips
from waystation_sim.scoutam.stages import Stages
from waystation_sim.scoutam.tokens import Tokens
from waystation_sim.server import Answer, Request
from waystation_sim.site.index import Index
from waystation_sim.site.inventory import attribute_of
from waystation_sim.site.layout import Site
from waystation_sim.site.stubs import FileState, make_stub, state_of

MOST_PATHS = 10_000
"""Paths in one batchstage (a comment in mwa_staging)."""

BLOCK = 4096
"""Bytes of a block in `onlineblocks`: 2560 blocks for 10485760 bytes in MWA's example record."""

FILESYSTEM = "3f6c2d1a-simulated"
"""Identifier of the one file system."""

FOR_EVER_S = 86_400.0
LONGEST_BODY = 4 << 20
"""ScoutAM takes no request of 4 MB or more (a comment in mwa_staging)."""

HEALTH = ("unknown", "ok", "warning: cache is nearly full", "error: metadata server is away")
"""Words beside the four numbers of `health`; the numbers are MWA's, the words our choice."""


class Face:
    """Answers requests; safe only in the event loop's thread."""

    def __init__(
        self, site: Site, index: Index, stages: Stages, tokens: Tokens, slips: Slips
    ) -> None:
        self._site = site
        self._index = index
        self._stages = stages
        self._tokens = tokens
        self._slips = slips
        self._calls: Mapping[tuple[str, str], Callable[[Request], Answer]] = {
            ("PUT", "/v1/request/batchstage"): self._stage,
            ("PUT", "/v1/request/cancelbatchstage"): self._cancel,
            ("GET", "/v1/file"): self._file,
            ("GET", "/v1/fscache"): self._cache,
            ("GET", "/v1/filesystems"): self._filesystems,
            ("POST", "/v1/request/release"): self._release,
        }

    async def answer(self, request: Request) -> Answer:
        """Answer one request, with whatever trouble is on order."""
        self._slips.record(f"{request.method} {request.path} {len(request.body)}")
        if self._slips.hangs(request.node):
            await asyncio.sleep(FOR_EVER_S)
        await asyncio.sleep(self._slips.delay_s(request.node))
        if self._slips.take("errors"):
            return Answer(500, {"error": "internal server error"})
        if len(request.body) >= LONGEST_BODY:
            return Answer(413, {"error": "request entity too large"})
        call = (request.method, request.path)
        if call == ("POST", "/v1/security/login"):
            return self._login(request)
        handler = self._calls.get(call)
        if handler is None:
            return Answer(404, {"error": f"no such call: {call[0]} {call[1]}"})
        if self._slips.take("forbidden") or not self._tokens.good(
            request.headers.get("authorization", "")
        ):
            return Answer(403, {"error": "invalid or expired token"})
        answer = handler(request)
        if self._slips.take("mute"):
            await asyncio.sleep(FOR_EVER_S)
        return answer

    def _login(self, request: Request) -> Answer:
        given = _object(request.body) or {}
        token = self._tokens.login(str(given.get("acct")), str(given.get("pass")))
        if token is None:
            return Answer(401, {"error": "wrong account or password"})
        return Answer(200, {"response": token})

    def _stage(self, request: Request) -> Answer:
        given, paths = _batch(request)
        if len(paths) > MOST_PATHS or given is None:
            return Answer(400, {"error": f"path must be a list of up to {MOST_PATHS}"})
        if paths:
            key, topic = str(given.get("key", "")), str(given.get("topic", ""))
            self._stages.ask(paths, key=key, topic=topic)
        return Answer(200, {})

    def _cancel(self, request: Request) -> Answer:
        given, paths = _batch(request)
        if given is None:
            return Answer(400, {"error": "path must be a list"})
        self._stages.withdraw(paths)
        return Answer(200, {})

    def _file(self, request: Request) -> Answer:
        """A file's record. Numbers are text as in MWA's example, except mode and nlink."""
        path = request.query.get("path", "")
        try:
            seen = os.lstat(path)
        except (OSError, ValueError):
            return Answer(404, {"error": "no such file or directory"})
        if not self._inside(path):
            return Answer(404, {"error": "not on this file system"})
        archived = self._index.files([path]).get(path)
        state = state_of(path, archived, {})
        blocks = -(-seen.st_size // BLOCK)
        offline = state not in {FileState.RESIDENT, FileState.PREMIGRATED, FileState.SAVED}
        record = {
            "archdone": state is not FileState.RESIDENT,
            "path": path.removeprefix(str(self._site.cache)),
            "size": str(seen.st_size),
            "inode": str(seen.st_ino),
            "uid": str(seen.st_uid),
            "username": "",
            "gid": str(seen.st_gid),
            "groupname": "",
            "mode": seen.st_mode,
            "modestring": stat.filemode(seen.st_mode),
            "nlink": seen.st_nlink,
            "atime": str(int(seen.st_atime)),
            "mtime": str(int(seen.st_mtime)),
            "ctime": str(int(seen.st_ctime)),
            "rtime": str(int(seen.st_mtime)),
            "version": str(blocks),
            # A count of none is sometimes empty text (fsspec-scoutfs guards against it).
            "onlineblocks": "" if offline else str(blocks),
            "offlineblocks": str(blocks) if offline else "0",
            "flags": "0",
            "flagsstring": "",
            "uuid": "",
            "copies": [],
        }
        return Answer(200, record)

    def _filesystems(self, request: Request) -> Answer:
        del request
        mount = str(self._site.cache)
        return Answer(200, {"fsids": [{"fsid": FILESYSTEM, "mount": mount}]})

    def _cache(self, request: Request) -> Answer:
        del request
        seen = os.statvfs(self._site.cache)
        free, whole = seen.f_bavail * seen.f_frsize, seen.f_blocks * seen.f_frsize
        used = whole - free
        told = {
            "availdatasz": str(free),
            "totdatasz": str(whole),
            "health": str(self._slips.health),
            "healthstatus": HEALTH[self._slips.health % len(HEALTH)],
            "releaseable": str(used),
            "nonreleaseable": "0",
            "pending": "0",
        }
        return Answer(200, told)

    def _release(self, request: Request) -> Answer:
        """Give a file's disk space back at once; one without a copy on tape stays."""
        path = request.query.get("path", "")
        archived = self._index.files([path]).get(path)
        if archived is None or not self._inside(path):
            return Answer(404, {"error": "no such file or directory"})
        if state_of(path, archived, {}) is FileState.PREMIGRATED:
            attribute = attribute_of(archived.copies, self._index.tapes())
            make_stub(path, archived, attribute, self._site.incoming)
        return Answer(200, {})

    def _inside(self, path: str) -> bool:
        return os.path.normpath(path) == path and f"{path}/".startswith(f"{self._site.cache}/")


def _batch(request: Request) -> tuple[Mapping[str, object] | None, list[str]]:
    """Body and paths of a batch call; None if it is none."""
    given = _object(request.body)
    paths = (given or {}).get("path")
    return (given, [str(path) for path in paths]) if isinstance(paths, list) else (None, [])


def _object(body: bytes) -> Mapping[str, object] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
