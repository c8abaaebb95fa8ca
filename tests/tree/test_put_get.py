"""`way put` and `way get`: in parallel, resumable, proved at both ends; hostile trees and ends."""

import os
import signal
from pathlib import Path

import pytest

from running import until
from tree.conftest import SPACE

MB = 2**20


def made(top: Path, files: dict[str, bytes], at: int = 1_700_000_000) -> Path:
    for name, data in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (at, at))
    return top


def read(top: Path) -> dict[str, bytes]:
    return {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*") if p.is_file()}


FILES = {
    **{f"small/{n:04}": f"number {n}".encode() for n in range(1300)},
    "a b/ö.txt": b"words",
    "empty": b"",
    "middle": os.urandom(3 * MB),
    "large": os.urandom(20 * MB),
}
BYTES = sum(map(len, FILES.values()))


def test_a_tree_goes_up_and_comes_down(lab, tmp_path):
    here, folder = made(tmp_path / "here", FILES), lab.folder()
    (here / "nothing/in it").mkdir(parents=True)
    said = lab.told("put", "-r", here, f"{SPACE}:/{folder}")
    assert (said["files"], said["bytes"], said["failed"]) == (len(FILES), BYTES, 0)
    assert lab.files(folder) == FILES
    assert lab.disk(f"{folder}/nothing/in it").is_dir()
    again = lab.told("put", "-r", here, f"{SPACE}:/{folder}")
    assert (again["files"], again["skipped"]) == (0, len(FILES))
    back = tmp_path / "back"
    said = lab.told("get", "-r", f"{SPACE}:/{folder}", back)
    assert (said["files"], said["failed"], read(back)) == (len(FILES), 0, FILES)
    assert {int(p.stat().st_mtime) for p in back.rglob("*") if p.is_file()} == {1_700_000_000}
    assert (back / "nothing/in it").is_dir()
    again = lab.told("get", "-r", f"{SPACE}:/{folder}", back)
    assert (again["files"], again["skipped"]) == (0, len(FILES))


def test_only_what_changed_goes(lab, tmp_path):
    here, folder = made(tmp_path / "here", {"a": b"1", "b": b"2", "c/d": b"3"}), lab.folder()
    lab.way("put", "-r", here, f"{SPACE}:/{folder}")
    made(here, {"b": b"22"})
    (here / "a").write_bytes(b"x")
    os.utime(here / "a", (1_700_000_000, 1_700_000_000))
    dry = lab.way("put", "-rn", here, f"{SPACE}:/{folder}").stdout
    assert "would send b\n" in dry
    assert lab.told("put", "-r", here, f"{SPACE}:/{folder}")["files"] == 1
    assert lab.files(folder) == {"a": b"1", "b": b"22", "c/d": b"3"}
    said = lab.told("put", "-r", "--checksum", here, f"{SPACE}:/{folder}")
    assert (said["files"], lab.files(folder)["a"]) == (1, b"x")


def test_single_files_and_their_names(lab, tmp_path):
    here, folder = made(tmp_path, {"a": b"1", "b": b"2"}), lab.folder()
    lab.way("put", here / "a", f"{SPACE}:/{folder}/deep/named")
    lab.way("put", here / "a", here / "b", f"{SPACE}:/{folder}")
    lab.way("put", here / "b", f"{SPACE}:/{folder}/deep")
    assert lab.files(folder) == {"deep/named": b"1", "a": b"1", "b": b"2", "deep/b": b"2"}
    lab.way("get", f"{SPACE}:/{folder}/deep/named", tmp_path / "got")
    lab.way("get", f"{SPACE}:/{folder}/a", f"{tmp_path}/in/")
    assert ((tmp_path / "got").read_bytes(), (tmp_path / "in/a").read_bytes()) == (b"1", b"1")


def test_what_is_meant_by_patterns(lab, tmp_path):
    files = {"a.fits": b"1", "b.log": b"2", "raw/c.fits": b"3", "tmp/d.fits": b"4"}
    here, folder = made(tmp_path / "here", files), lab.folder()
    words = ("--include", "*.fits", "--exclude", "tmp")
    lab.way("put", "-r", *words, here, f"{SPACE}:/{folder}")
    assert sorted(lab.files(folder)) == ["a.fits", "raw/c.fits"]
    lab.way("get", "-r", "--exclude", "raw/*", f"{SPACE}:/{folder}", tmp_path / "back")
    assert sorted(read(tmp_path / "back")) == ["a.fits"]


def test_links_are_told_and_never_followed(lab, tmp_path):
    here, folder = made(tmp_path / "here", {"a": b"1"}), lab.folder()
    made(tmp_path, {"secret/key": b"secret"})
    (here / "link").symlink_to(tmp_path / "secret/key")
    (here / "out").symlink_to(tmp_path / "secret")
    (here / "round").symlink_to(here)
    os.mkfifo(here / "pipe")
    said = lab.told("put", "-r", here, f"{SPACE}:/{folder}", code=1)
    assert (said["files"], said["failed"]) == (1, 4)
    assert lab.files(folder) == {"a": b"1"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-C", "kill -9"])
def test_a_large_file_goes_on_after(lab, tmp_path, number):
    data, folder = os.urandom(192 * MB), lab.folder()
    made(tmp_path, {"big": data})
    parts = lab.disk(".waystation/parts")

    def sizes() -> list[int]:
        return [p.stat().st_size for p in parts.iterdir()]

    first = lab.begin("put", tmp_path / "big", f"{SPACE}:/{folder}/big")
    assert until(lambda: any(MB < size < len(data) for size in sizes()), 30)
    first.send_signal(number)
    first.communicate(timeout=30)
    assert first.returncode == (130 if number == signal.SIGINT else -number)
    assert lab.disk(f"{folder}/big").exists() is False
    assert until(lambda: len(sizes()) == 1, 30)
    part = next(parts.iterdir())
    inode = part.stat().st_ino
    said = lab.told("put", tmp_path / "big", f"{SPACE}:/{folder}/big")
    assert (said["files"], lab.disk(f"{folder}/big").read_bytes() == data) == (1, True)
    assert lab.disk(f"{folder}/big").stat().st_ino == inode, "the same part went on"
    assert list((lab.home / ".local/state/waystation/uploads").iterdir()) == []


def test_many_files_go_on_after_a_kill(lab, tmp_path):
    files = {f"{n % 40}/{n}": os.urandom(3000) for n in range(6000)}
    here, folder = made(tmp_path / "here", files), lab.folder()
    first = lab.begin("put", "-r", here, f"{SPACE}:/{folder}")
    assert until(lambda: lab.disk(folder).exists() and len(lab.files(folder)) > 300, 30)
    first.kill()
    first.communicate(timeout=30)
    said = lab.told("put", "-r", here, f"{SPACE}:/{folder}")
    assert (said["failed"], int(str(said["files"])) + int(str(said["skipped"]))) == (0, 6000)
    assert int(str(said["skipped"])) >= 300
    assert lab.files(folder) == files


def test_a_fetch_goes_on_after_a_kill(lab, tmp_path):
    data, folder = os.urandom(192 * MB), lab.folder()
    made(tmp_path, {"big": data})
    lab.way("put", tmp_path / "big", f"{SPACE}:/{folder}/big")
    back = tmp_path / "back"

    def sizes() -> list[int]:
        return [p.stat().st_size for p in back.glob(".big.*.part")] if back.exists() else []

    first = lab.begin("get", f"{SPACE}:/{folder}/big", f"{back}/")
    assert until(lambda: any(MB < size < len(data) for size in sizes()), 30)
    first.kill()
    first.communicate(timeout=30)
    assert not (back / "big").exists()
    inode = next(back.glob(".big.*.part")).stat().st_ino
    lab.way("get", f"{SPACE}:/{folder}/big", f"{back}/")
    assert (back / "big").read_bytes() == data
    assert (back / "big").stat().st_ino == inode
    assert sizes() == []


def test_a_part_that_was_spoilt_is_found_out(lab, tmp_path):
    data, folder = os.urandom(2 * MB), lab.folder()
    made(tmp_path, {"big": data})
    lab.way("put", tmp_path / "big", f"{SPACE}:/{folder}/big")
    lab.way("get", f"{SPACE}:/{folder}/big", f"{tmp_path}/probe/")
    lab.disk(f"{folder}/big").write_bytes(b"x" + data[1:])
    said = lab.told("get", f"{SPACE}:/{folder}/big", f"{tmp_path}/back/", code=1)
    assert said["failures"][0]["code"] == "digest-mismatch"  # type: ignore[index]
    assert read(tmp_path / "back") == {}


def test_endings(lab, tmp_path):
    made(tmp_path, {"a": b"1"})
    folder = lab.folder()
    lab.way("put", tmp_path / "no", f"{SPACE}:/{folder}", code=4)
    lab.way("put", tmp_path, f"{SPACE}:/{folder}", code=2)
    lab.way("put", tmp_path / "a", "nowhere", code=2)
    lab.way("put", tmp_path / "a", f"{SPACE}:/../a", code=2)
    lab.way("put", tmp_path / "a", "other:/a", code=4)
    lab.way("get", f"{SPACE}:/{folder}/no", code=4)
    lab.way("get", f"{SPACE}:/", code=2)
    lab.way("put", tmp_path / "a", f"{SPACE}:/{folder}/a", code=1, WAYSTATION_TOKEN=lab.ben)
    lab.way("ls", code=3, WAYSTATION_TOKEN="way_no")
    lab.way("ls", code=5, WAYSTATION_URL="http://127.0.0.1:9")


def test_a_token_as_the_grid_keeps_it(lab, tmp_path):
    made(tmp_path, {"token": lab.ana.encode() + b"\n"})
    for more in ({"BEARER_TOKEN": lab.ana}, {"BEARER_TOKEN_FILE": str(tmp_path / "token")}):
        assert f"{SPACE}:/" in lab.way("ls", WAYSTATION_TOKEN="", **more).stdout
