"""A node with a space, and what tests do on its pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect

from running import House, new_house

SPACE, TAPES = "survey", "light"


@dataclass
class Files:
    """A node with a space, and its files by WebDAV."""

    house: House
    root: Path
    state: str
    numbers: count

    def folder(self, **content: bytes) -> str:
        """A new folder for one test; what is in it by name."""
        name = f"folder {next(self.numbers)}"
        with self.dav() as http:
            assert http.request("MKCOL", f"/{quote(name)}").status_code == 201
        self.put({f"{name}/{each}": data for each, data in content.items()})
        return name

    def put(self, content: dict[str, bytes]) -> None:
        with self.dav() as http:
            for path, data in content.items():
                assert http.put(f"/{quote(path)}", content=data).is_success

    def dav(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.house.token}"}
        url = f"{self.house.url}/dav/{SPACE}"
        return httpx.Client(base_url=url, headers=headers, timeout=30)

    def disk(self, path: str) -> Path:
        return self.root / SPACE / path


@contextmanager
def node_with_a_space(root: Path, **more: str) -> Iterator[House]:
    """A node; its space is of the administrator's."""
    with new_house(files_each=3, WAYSTATION_STORES__DISK__ROOT=str(root), **more) as house:
        words = ("--owner", house.name, "--store", "disk", "--title", "Survey of the sky")
        house.command("space", "add", SPACE, *words)
        house.command("space", "quota", SPACE, "--bytes", "1G")
        words = ("--owner", house.name, "--store", house.store, "--title", "First light")
        house.command("space", "add", TAPES, *words, "--folder", "run0")
        house.command("space", "adopt", TAPES)
        yield house


def at(folder: str = "") -> str:
    return f"/files/{SPACE}/{quote(folder)}{'/' if folder else ''}"


def choose(page: Page, *found: object) -> None:
    """Choose files in the page's own button."""
    expect(page.locator("upload-dock[data-ready]")).to_be_attached()
    page.locator("input[name=file]").set_input_files(list(found))


def of(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def slowed(page: Page, bytes_per_s: int) -> None:
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    some = {"offline": False, "latency": 0, "downloadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {**some, "uploadThroughput": bytes_per_s})


def row(page: Page, name: str):
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
