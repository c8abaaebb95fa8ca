"""A folder in one piece, and every action as a line to copy."""

import subprocess
import zipfile

import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE, at, row

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_folder_is_downloaded_whole(look, files, tmp_path, kind):
    folder = files.folder(a=b"1", b=b"22")
    page = look.open(at(folder))
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=f"As one {kind}").click()
    assert download.value.suggested_filename == f"{folder}.{kind}"
    path = download.value.path()
    if kind == "zip":
        with zipfile.ZipFile(path) as made:
            assert {name: made.read(name) for name in made.namelist()} == {"a": b"1", "b": b"22"}
    else:
        subprocess.run(["tar", "x", "-C", tmp_path, "-f", path], check=True)
        assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"1", b"22")


def test_lines_to_copy_do_what_they_say(look, files, tmp_path):
    name = "it's $HOME.dat"
    folder = files.folder(**{name: b"content"})
    page = look.open(at(folder), permissions=["clipboard-read", "clipboard-write"])
    row(page, name).locator("summary").click()
    row(page, name).get_by_role("button", name="Copy as curl").click()
    line = page.evaluate("navigator.clipboard.readText()")
    env = {"PATH": "/usr/bin:/bin", "WAYSTATION_TOKEN": files.house.token}
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, env=env, check=True, timeout=30)
    assert (tmp_path / name).read_bytes() == b"content"
    row(page, name).get_by_role("button", name="Copy as way").click()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith("way get ")
    assert f"{SPACE}:/{folder}/" in line
    page.get_by_text("Do this in a shell").click()
    expect(page.locator("#shell-way-put")).to_contain_text(f"{SPACE}:/{folder}/")
    expect(page.locator("#shell-up")).to_contain_text(files.house.url)
