"""A server that wants to write outside of the folder, or to give other bytes, does not."""

import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tree.conftest import SPACE

DATA = b"content"
NAMES = [
    "../out", "/etc/out", "a/../../out", "a//b", ".", "..", "c:", "nul\0x", "back\\slash",
    "CON", "aux.txt", "deep/lpt1.log", "link/out", "x" * 300,
]  # fmt: skip


class Hostile(BaseHTTPRequestHandler):
    """Lists whatever names, and sends an archive with more than was asked for."""

    names: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        lines = [
            json.dumps({"path": name, "kind": "file", "size": len(DATA), "etag": '"1"',
                        "mtime": "2026-01-01T00:00:00Z",
                        "sha256": hashlib.sha256(DATA).hexdigest()})
            for name in self.names
        ]  # fmt: skip
        self._say("\n".join(lines).encode())

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["paths"]
        if "archive=tar" not in self.path:
            folder = {"path": "top", "kind": "folder", "mtime": "2026-01-01T00:00:00Z"}
            self._say(json.dumps({"files": [folder] * len(asked)}).encode())
            return
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name in [*asked, "../unasked", "unasked"]:
                info = tarfile.TarInfo(name)
                info.size = len(DATA)
                tar.addfile(info, io.BytesIO(b"CONTENT" if name == "other" else DATA))
            link = tarfile.TarInfo("good2")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
        self._say(out.getvalue())

    def log_message(self, *_: object) -> None:
        pass

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hostile():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_leaves_the_folder(lab, tmp_path, hostile, monkeypatch):
    monkeypatch.setattr(Hostile, "names", [*NAMES, "good", "good2", "other"])
    target = tmp_path / "inner/target"
    target.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (target / "link").symlink_to(tmp_path / "elsewhere")
    words = ("get", "-r", f"{SPACE}:/top", target)
    said = lab.told(*words, code=1, WAYSTATION_URL=hostile)
    there = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")}
    assert there == {
        "inner", "elsewhere", "inner/target", "inner/target/link", "inner/target/good",
        "inner/target/good2",
    }  # fmt: skip
    assert not (target / "good2").is_symlink()
    assert (said["files"], said["failed"]) == (2, len(NAMES) + 1)
    codes = {f["path"]: f["code"] for f in said["failures"]}  # type: ignore[attr-defined]
    assert codes["other"] == "digest-mismatch"
