"""Uploads in the browser: dropped, chosen, paused, cut off midway; the bytes are always right."""

import os
import re
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE, at, choose, of, row, slowed
from running import until

pytestmark = pytest.mark.browser
SLOW = 400_000


def test_a_drop_is_uploaded_and_the_list_shows_it(look, files):
    folder = files.folder()
    page = look.open(at(folder))
    expect(page.locator("upload-dock[data-ready]")).to_be_attached()
    transfer = page.evaluate_handle(
        """() => { const drop = new DataTransfer();
          for (const name of ["one.dat", "two.dat"]) drop.items.add(new File([name], name));
          return drop; }"""
    )
    page.dispatch_event("#listing", "drop", {"dataTransfer": transfer})
    expect(row(page, "two.dat")).to_be_visible()
    expect(row(page, "one.dat")).to_be_visible()
    expect(page.locator("[data-sum]")).to_have_text("2 of 2 uploaded")
    assert files.disk(f"{folder}/two.dat").read_bytes() == b"two.dat"


def test_a_folder_comes_with_all_that_is_in_it(look, files, tmp_path):
    folder = files.folder()
    deep = tmp_path / "run" / "raw"
    deep.mkdir(parents=True)
    (deep / "a.dat").write_bytes(b"deep")
    (tmp_path / "run" / "empty.dat").touch()
    page = look.open(at(folder))
    expect(page.locator("upload-dock[data-ready]")).to_be_attached()
    page.locator("[data-folder-input]").set_input_files(tmp_path / "run")
    expect(row(page, "run")).to_be_visible()
    assert files.disk(f"{folder}/run/raw/a.dat").read_bytes() == b"deep"
    assert files.disk(f"{folder}/run/empty.dat").read_bytes() == b""


def test_a_name_that_is_taken_asks_first(look, files):
    folder = files.folder(**{"a.dat": b"old", "b.dat": b"old"})
    page = look.open(at(folder))
    choose(page, of("a.dat", b"new a"), of("b.dat", b"new b"))
    expect(page.locator("[data-upload=failed]")).to_have_count(2)
    page.get_by_role("button", name=re.compile("Replace it: .*a.dat")).click()
    page.get_by_role("button", name=re.compile("Keep the old one: .*b.dat")).click()
    expect(page.locator("[data-upload=done]")).to_have_count(1)
    expect(page.locator(".dock-list li")).to_have_count(1)
    assert files.disk(f"{folder}/a.dat").read_bytes() == b"new a"
    assert files.disk(f"{folder}/b.dat").read_bytes() == b"old"


def test_an_upload_outlives_the_web_process(look, files):
    folder, data = files.folder(), os.urandom(3_000_000)
    page = look.open(at(folder))
    slowed(page, SLOW)
    choose(page, of("big.dat", data))
    parts = files.disk(".waystation/parts")
    assert until(lambda: any(p.stat().st_size > 500_000 for p in parts.iterdir()), 30)
    files.house.kill("serving")
    slowed(page, -1)
    expect(page.locator("[data-upload=done]")).to_have_count(1, timeout=60_000)
    assert files.disk(f"{folder}/big.dat").read_bytes() == data
    with files.dav() as http:
        asked = http.head(f"/{quote(folder)}/big.dat", headers={"Want-Digest": "sha-256"})
        assert "sha-256=" in asked.headers["digest"]


def test_an_upload_outlives_a_reload_and_a_lost_network(look, files, tmp_path):
    folder, data = files.folder(), os.urandom(3_000_000)
    file = tmp_path / "big.dat"
    file.write_bytes(data)
    page = look.open(at(folder))
    slowed(page, SLOW)
    choose(page, file)
    parts = files.disk(".waystation/parts")
    assert until(lambda: any(p.stat().st_size > 500_000 for p in parts.iterdir()), 30)
    page.reload()
    expect(page.locator("[data-upload=left]")).to_contain_text("the same file again")
    slowed(page, SLOW)
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.method))
    choose(page, file)
    expect(page.locator("[data-upload=sending]")).to_have_count(1)
    page.context.set_offline(True)
    page.context.set_offline(False)
    slowed(page, -1)
    expect(page.locator("[data-upload=done]")).to_have_count(1, timeout=60_000)
    assert files.disk(f"{folder}/big.dat").read_bytes() == data
    assert "HEAD" in sent
    assert "POST" not in sent, "it went on with the upload of before"


def test_pause_and_give_up(look, files):
    folder = files.folder()
    page = look.open(at(folder))
    slowed(page, SLOW)
    choose(page, of("a.dat", os.urandom(2_000_000)), of("b.dat", os.urandom(2_000_000)))
    page.get_by_role("button", name=re.compile("Pause: .*a.dat")).click()
    expect(page.locator("[data-upload=paused]")).to_contain_text("a.dat")
    page.get_by_role("button", name=re.compile("Cancel: .*b.dat")).click()
    expect(page.locator(".dock-list li")).to_have_count(1)
    slowed(page, -1)
    page.get_by_role("button", name=re.compile("Go on: .*a.dat")).click()
    expect(page.locator("[data-upload=done]")).to_have_count(1, timeout=60_000)
    assert files.disk(f"{folder}/a.dat").stat().st_size == 2_000_000
    assert not files.disk(f"{folder}/b.dat").exists()


def test_an_upload_token_is_good_for_its_space_and_session_only(look, files):
    folder = files.folder()
    files.house.command(
        "space", "add", f"other{next(files.numbers)}", "--owner", "admin", "--store", "disk"
    )
    page = look.open(at(folder))
    token = page.locator("upload-dock").get_attribute("data-token")
    with httpx.Client(base_url=files.house.url) as http:
        http.headers["Authorization"] = f"Bearer {token}"
        assert http.put(f"/dav/{SPACE}/{quote(folder)}/a", content=b"x").status_code == 201
        assert http.put(f"/dav/other/{quote(folder)}/a", content=b"x").status_code == 401
        assert http.get("/api/v1/stage-requests").status_code == 401
        assert (
            http.put(
                f"/dav/{SPACE}/a", content=b"x", headers={"Authorization": f"Bearer {token}x"}
            ).status_code
            == 401
        )
        cookies = {each["name"]: each["value"] for each in page.context.cookies()}
        with httpx.Client(base_url=files.house.url, cookies=cookies) as other:
            assert other.get(f"/dav/{SPACE}/{quote(folder)}/a").content == b"x"
            assert other.put(f"/dav/{SPACE}/{quote(folder)}/a", content=b"y").status_code == 401
            forged = other.post(f"/spaces/{SPACE}/upload-token")
            assert forged.status_code == 403
