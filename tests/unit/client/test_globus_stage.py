"""The Globus stage app by itself: paths over NFS, what it sends, what it ends with."""

import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from waystation_client import globus_stage
from waystation_client.globus_stage import WrongCallError, document, main, remapped, timeout_s

MOUNTS = r"""
/etc/auto.nfs.data /nfs/data autofs rw,relatime,fd=29,indirect,pipe_ino=45611 0 0
one.example.org:/gpfs/arc/ces/g/one /nfs/data/one nfs rw,nosuid,vers=3,addr=192.0.2.1 0 0
two.example.org:/gpfs/arc/my\040files /nfs/data/my\040files nfs rw,nosuid,vers=3 0 0
/dev/sda1 / ext4 rw 0 0
"""
AUTOFS = """
# exports of the archive
one        -rw,tcp,hard,vers=3    one.example.org:/gpfs/arc/g/one
plain      two.example.org:/gpfs/arc/plain
*          -rw                    all.example.org:/gpfs/arc/all/&
"""


@pytest.fixture
def mounts(tmp_path):
    (tmp_path / "mounts").write_text(MOUNTS)
    return str(tmp_path / "mounts")


@pytest.fixture
def autofs(tmp_path):
    (tmp_path / "auto.data").write_text(AUTOFS)
    return str(tmp_path / "auto.data")


# ------------------------------------------------------------------------------- paths over NFS


def test_a_path_is_sent_as_it_is_when_no_map_is_asked_for():
    assert remapped("/nfs/data/one/f", {}) == "/nfs/data/one/f"


@pytest.mark.parametrize(
    ("path", "more", "there"),
    [
        ("/nfs/data/one/run/f 1.dat", {"DEPTH": "4"}, "/gpfs/arc/ces/g/one/run/f 1.dat"),
        ("/nfs/data/one/f", {"AUTOFS": ""}, "/gpfs/arc/ces/g/one/f"),
        ("/nfs/data//one/f", {"DEPTH": ""}, "/gpfs/arc/ces/g/one/f"),
        ("/nfs/data/my files/f", {"DEPTH": "4"}, "/gpfs/arc/my files/f"),
    ],
)
def test_mounts(mounts, path, more, there):
    assert remapped(path, more, mounts) == there


@pytest.mark.parametrize(
    ("path", "depth", "there"),
    [
        ("/nfs/data/one/f", "4", "/gpfs/arc/g/one/f"),
        ("/nfs/data/plain/d/f", "4", "/gpfs/arc/plain/d/f"),
        ("/nfs/three/f", "3", "/gpfs/arc/all/three/f"),
        ("/nfs/data/one/f", "", "/gpfs/arc/g/one/f"),
    ],
)
def test_autofs(autofs, path, depth, there):
    assert remapped(path, {"AUTOFS": autofs, "DEPTH": depth}) == there


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/nfs/a/f", "/gpfs/a/f"),
        ("/nfs/a/deep/f", "/other/f"),
        ("/nfs/ab", "/gpfs/top/nfs/ab"),
    ],
)
def test_a_map_of_ones_own_takes_the_longest_front(path, there):
    known = "/nfs/a=/gpfs/a; /nfs/a/deep = /other/;/=/gpfs/top"
    assert remapped(path, {"PATH_MAP": known}) == there


@pytest.mark.parametrize(
    "more",
    [
        {"DEPTH": "4"},
        {"DEPTH": "none"},
        {"DEPTH": "0"},
        {"AUTOFS": "/nonexistent/auto.data"},
        {"PATH_MAP": "/elsewhere=/gpfs"},
    ],
)
def test_a_map_that_says_nothing_is_an_error_and_not_the_path_itself(mounts, more):
    with pytest.raises(WrongCallError):
        remapped("/nfs/unknown/export/f", more, mounts)


# --------------------------------------------------------------------------------------- the call


@pytest.mark.parametrize("text", ['"\\', "é€😀", "a\tb\nc", "\udc80", "", "plain"])
def test_documents_are_json(text):
    assert json.loads(document({"path": text, "globus_taskid": "t"}))["path"] == text


def test_l10_timeout_is_a_number():
    assert timeout_s({}) == 10
    assert timeout_s({"TIMEOUT": "2.5"}) == 2.5
    for wrong in ("-1", "0", "nan", "inf", "10s"):
        with pytest.raises(WrongCallError):
            timeout_s({"TIMEOUT": wrong})


@contextmanager
def answering(answer: bytes | None) -> Iterator[tuple[int, list[bytes]]]:
    """A server for one call that answers so, or not at all; its port and what it heard."""
    heard: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        link, _ = listener.accept()
        with link:
            heard.append(link.recv(65536))
            if answer is None:
                over.wait(10)
            else:
                link.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        over.set()
        thread.join(10)


def ask(port: int, **more: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    known = {
        "GLOBUS_STAGE_PATH": "/arc/f",
        "GLOBUS_STAGE_TASKID": "task",
        "AUTH_KEY": "key",
        "LTFSEE_URL": f"http://127.0.0.1:{port}",
    }
    return main({**known, **more}, out, err), out.getvalue(), err.getvalue()


def http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n\r\n%s" % (status, body)


@pytest.mark.parametrize(
    ("answer", "code", "out", "err"),
    [
        (http(201, b'{"state": "resident"}\n'), 0, "resident\n", ""),
        (http(201, b'{"state":"archived"}'), 0, "archived\n", ""),
        (http(404, b'{"message": "No such file"}'), 2, "", "No such file on archive\n"),
        (http(401, b'{"message": "no"}'), 255, "", "ERROR response 401 Payload:"),
        (http(201, b"<html>"), 255, "", "ERROR response 201"),
        (b"SSH-2.0-OpenSSH", 1, "", "the answer is no HTTP"),
        (b"", 1, "", "the answer is no HTTP"),
    ],
)
def test_answers(answer, code, out, err):
    with answering(answer) as (port, heard):
        found = ask(port)
    assert found[:2] == (code, out)
    assert err in found[2]
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /api/v0.5/globus_recall/globus_recall HTTP/1.0"
    assert b"X-API-KEY: key" in head
    assert json.loads(body) == {"path": "/arc/f", "globus_taskid": "task"}


def test_l10_nobody_waits_longer_than_timeout():
    with answering(None) as (port, _):
        code, out, err = ask(port, TIMEOUT="0.2")
    assert (code, out) == (1, "")
    assert err


def test_what_is_missing_is_named():
    out, err = io.StringIO(), io.StringIO()
    assert main({}, out, err) == 1
    assert "GLOBUS_STAGE_PATH" in err.getvalue()
    assert main({"GLOBUS_STAGE_PATH": "/f", "GLOBUS_STAGE_TASKID": "t"}, out, err) == 1
    assert "AUTH_KEY" in err.getvalue()


def test_a_key_cannot_bring_headers_of_its_own():
    with answering(http(201, b"")) as (port, heard):
        code, _, _ = ask(port, AUTH_KEY="a\r\nX: b")
    assert code == 1
    assert heard == [b""]


def test_l10_it_starts_without_anything_heavy():
    """Neither our own packages nor those of the site; a few modules of the standard library."""
    words = "import sys, globus_stage; print(*sorted(sys.modules))"
    folder = str(globus_stage.__file__).rsplit("/", 1)[0]
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {folder!r}); {words}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"json", "re", "typing", "http.client", "ssl", "email", "urllib.request"}
