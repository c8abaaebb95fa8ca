"""Looking at collections: ls, stat, mkdir and rename, at once and not as tasks."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from waystation_sim.globus import documents, mover
from waystation_sim.globus.refusals import refused
from waystation_sim.globus.settings import Collection, GlobusSettings
from waystation_sim.globus.trouble import Trouble
from waystation_sim.server import Answer, Request

_MOST = 100_000
_PATH = re.compile(r"/v0\.10/operation/endpoint/([0-9a-f-]{36})/(ls|stat|mkdir|rename)")


class Operations:
    """Answers calls below `/operation/endpoint`."""

    def __init__(self, settings: GlobusSettings, trouble: Trouble) -> None:
        self._settings = settings
        self._trouble = trouble

    def answer(self, request: Request) -> Answer:
        """Answer one; it reads the disk: call it in a thread."""
        found = _PATH.fullmatch(request.path)
        if found is None:
            return refused(request, 404, "ClientError.NotFound", "No such operation.")
        name, kind = found.groups()
        collection = self._settings.collection(name)
        if collection is None:
            return refused(request, 404, "EndpointNotFound", f"No such endpoint '{name}'")
        if name in self._trouble.down:
            words = "Unable to connect to the endpoint."
            return refused(request, 502, "ExternalError.DirListingFailed.ConnectFailed", words)
        calls: dict[str, Callable[[Request, Collection], Answer]] = {
            "ls": _ls,
            "stat": _stat,
            "mkdir": _mkdir,
            "rename": _rename,
        }
        try:
            return calls[kind](request, collection)
        except mover.MoveError as problem:
            return refused(request, 403, "EndpointPermissionDenied", str(problem))
        except FileNotFoundError as problem:
            return refused(request, 404, "ClientError.NotFound", f"Not found: {problem.filename}")


def _ls(request: Request, collection: Collection) -> Answer:
    path = request.query.get("path", "/")
    place = mover.confined(collection, path)
    names = sorted(each for each in place.iterdir() if _shown(each, request))
    if len(names) > _MOST:
        words = f"Directory limit of {_MOST} reached"
        return refused(request, 502, "ExternalError.DirListingFailed.SizeLimit", words)
    offset = int(request.query.get("offset", 0))
    limit = int(request.query.get("limit", _MOST))
    data = [_entry(each) for each in names[offset : offset + limit]]
    body = {
        "DATA_TYPE": "file_list",
        "path": path,
        "absolute_path": path,
        "endpoint": collection.id,
        "rename_supported": True,
        "symlink_supported": False,
        "length": len(data),
        "total": len(names),
        "DATA": data,
    }
    return Answer(200, body)


def _shown(place: Path, request: Request) -> bool:
    return not place.name.startswith(".") or request.query.get("show_hidden") != "0"


def _stat(request: Request, collection: Collection) -> Answer:
    return Answer(200, _entry(mover.confined(collection, request.query.get("path", "/"))))


def _mkdir(request: Request, collection: Collection) -> Answer:
    place = mover.confined(collection, json.loads(request.body)["path"])
    if place.exists():
        code = "ExternalError.MkdirFailed.Exists"
        return refused(request, 409, code, f"Path '{place.name}' already exists.")
    place.mkdir()
    body = {"DATA_TYPE": "mkdir_result", "code": "DirectoryCreated", "resource": request.path}
    return Answer(202, {**body, "message": "The directory was created successfully"})


def _rename(request: Request, collection: Collection) -> Answer:
    told = json.loads(request.body)
    old = mover.confined(collection, told["old_path"])
    old.rename(mover.confined(collection, told["new_path"]))
    body = {"DATA_TYPE": "result", "code": "FileRenamed", "resource": request.path}
    return Answer(200, {**body, "message": "File or directory renamed successfully"})


def _entry(place: Path) -> dict[str, object]:
    seen = place.stat()
    return documents.entry(
        place.name, folder=place.is_dir(), size=seen.st_size, mtime=seen.st_mtime
    )
