"""What runs leave: only what was asked for, only plain files, never through a link."""

import io
import os
from pathlib import Path

import pytest

from waystation.bootstrap.leavings import copied, digest, leavings, taken


class Bytes(io.BytesIO):
    """What can be read, and is no file."""

    handle = None


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "run"
    for name in (
        "a.txt",
        "b.dat",
        "deep/c.txt",
        "deep/er/d.txt",
        ".way/task",
        ".way.123",
        "in.txt",
    ):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    (tmp_path / "secret.txt").write_text("secret")
    (made / "link.txt").symlink_to(tmp_path / "secret.txt")
    (made / "out").symlink_to(tmp_path)
    os.mkfifo(made / "pipe.txt")
    return made


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["*.txt"], ["a.txt"]),
        (["**/*.txt"], ["a.txt", "deep/c.txt", "deep/er/d.txt"]),
        (["deep/**"], ["deep/c.txt", "deep/er/d.txt"]),
        (["?.dat", "deep/*"], ["b.dat", "deep/c.txt"]),
        (["**"], ["a.txt", "b.dat", "deep/c.txt", "deep/er/d.txt"]),
        (["[ab].txt"], []),
    ],
    ids=str,
)
def test_patterns_choose_plain_files(folder, patterns, found):
    assert leavings(folder, patterns, {"in.txt"}) == found


def test_a_link_is_not_followed_however_it_came_there(folder, tmp_path):
    for name in ("link.txt", "out/secret.txt"):
        with pytest.raises(
            OSError, match=name.rpartition("/")[2].split(".")[0] + "|Not a dir|Too"
        ):
            digest(folder, name)
        with pytest.raises(OSError):  # noqa: PT011 - which of them depends on the system
            taken(folder, name, tmp_path / "home", "x")
    assert not (tmp_path / "home" / "x").exists()


def test_an_input_is_whole_or_not_there(tmp_path):
    class Breaks(Bytes):
        def read(self, _size=-1, /):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        copied(Breaks(), tmp_path, "x")
    assert not (tmp_path / "x").exists()
    copied(Bytes(b"content"), tmp_path, "deep/x")
    copied(Bytes(b"other"), tmp_path, "deep/x")
    assert (tmp_path / "deep" / "x").read_bytes() == b"content"
    with (tmp_path / "deep" / "x").open("rb") as file:
        source = type("Open", (), {"handle": file.fileno(), "read": file.read})()
        copied(source, tmp_path, "y")
    assert (tmp_path / "y").read_bytes() == b"content"
