"""What the browser is sent: small, pinned, and nothing that the content policy would refuse."""

import gzip
import json
import re
from pathlib import Path

import pytest

from waystation.interfaces import web
from waystation.interfaces.web.wording import FILE_STATES

WEB = Path(web.__file__).parent
STATIC = WEB / "static"
ROOT = Path(__file__).resolve().parents[3]
FIRST_PAGE_BYTES = 90_000
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


def sent(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


def test_a_first_page_is_small():
    assert (STATIC / "vendor/htmx.min.js").exists(), "run tools/assets first"
    files = [*(STATIC / "web").rglob("*.js"), *(STATIC / "web").rglob("*.css")]
    files += [*(STATIC / "vendor").glob("*.js"), *(STATIC / "vendor").glob("*.css")]
    uploads = STATIC / "vendor/tus.min.js"
    assert uploads in files, "run tools/assets first"
    first = sum(sent(path) for path in files if path != uploads)
    assert first <= FIRST_PAGE_BYTES, "even all of it together"


def test_only_folders_that_can_be_written_have_the_library_for_uploads():
    naming = [path.name for path in TEMPLATES if "tus.min.js" in path.read_text()]
    assert naming == ["folder.html"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_hold_nothing_inline(path):
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=|javascript:|hx-on|<style", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        assert "{% csrf_token %}" in form


def test_every_icon_that_is_placed_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "web/icons.svg").read_text()))
    used = {m for p in TEMPLATES for m in re.findall(r'{% icon "([\w-]+)" %}', p.read_text())}
    assert used <= known
    assert {"sun", "moon", "auto", "check"} <= known, "named by scripts"


def test_every_state_has_a_colour_in_both_schemes():
    tokens = (STATIC / "web/css/tokens.css").read_text()
    for state in FILE_STATES:
        assert re.search(rf"--s-{state}: light-dark\(", tokens)


def test_the_lock_pins_by_hash_and_names_no_registry():
    text = (ROOT / "package-lock.json").read_text()
    assert "://" not in text
    for name, package in json.loads(text)["packages"].items():
        assert not name or package["integrity"].startswith("sha512-")
