"""`way sync`: one direction, nothing removed that nobody agreed to."""

from tree.conftest import SPACE
from tree.test_put_get import made, read


def test_up_and_what_goes_there(lab, tmp_path):
    here, folder = made(tmp_path / "here", {"a": b"1", "b/c": b"2", "b/d": b"3"}), lab.folder()
    top = f"{SPACE}:/{folder}"
    lab.way("sync", here, top)
    (here / "b/d").unlink()
    (here / "a").unlink()
    made(here, {"new": b"4"})
    lab.way("sync", here, top)
    assert sorted(lab.files(folder)) == ["a", "b/c", "b/d", "new"]
    lab.way("sync", "--delete", here, top, code=7)
    plan = lab.way("sync", "--delete", "-n", here, top).stdout
    assert "would remove a\nwould remove b/d\n" in "".join(sorted(plan.splitlines(keepends=True)))
    assert sorted(lab.files(folder)) == ["a", "b/c", "b/d", "new"]
    said = lab.told("sync", "--delete", "--yes", here, top)
    assert (said["removed"], sorted(lab.files(folder))) == (2, ["b/c", "new"])


def test_a_whole_folder_goes_at_once_but_not_what_is_left_out(lab, tmp_path):
    here, folder = made(tmp_path / "here", {"a": b"1", "x/y/1": b"", "x/y/2": b""}), lab.folder()
    top = f"{SPACE}:/{folder}"
    lab.way("sync", here, top)
    made(tmp_path / "other", {"a": b"1"})
    lab.way("sync", "--delete", "--yes", "--exclude", "2", tmp_path / "other", top)
    assert sorted(lab.files(folder)) == ["a", "x/y/2"]
    said = lab.told("sync", "--delete", "--yes", tmp_path / "other", top)
    assert (said["removed"], sorted(lab.files(folder))) == (1, ["a"])
    assert not lab.disk(f"{folder}/x").exists()


def test_down_and_what_goes_here(lab, tmp_path):
    here, folder = made(tmp_path / "here", {"a": b"1", "b/c": b"2"}), lab.folder()
    top = f"{SPACE}:/{folder}"
    lab.way("sync", here, top)
    back = made(tmp_path / "back", {"a": b"other", "more/deep/x": b"3", "keep.me": b"4"})
    said = lab.told("sync", "--delete", "--yes", "--exclude", "*.me", top, back)
    assert (said["files"], said["removed"]) == (2, 1)
    assert read(back) == {"a": b"1", "b/c": b"2", "keep.me": b"4"}
    assert not (back / "more").exists()


def test_what_cannot_be(lab, tmp_path):
    top = f"{SPACE}:/{lab.folder()}"
    lab.way("sync", tmp_path, tmp_path, code=2)
    lab.way("sync", top, top, code=2)
    lab.way("sync", tmp_path / "no", top, code=4)
    lab.way("sync", top, tmp_path / "back", code=4)
