"""Rules of the house that no linter knows: sizes, names, what must not stand in a file."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
SOURCES = sorted((HOME / "src").rglob("*.py"))
MOST_LINES, MOST_FUNCTION = 400, 60
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "core"}
# Put together, or this file would name what no file may.
PLACES = ("/" + "work/", "/" + "root/", "files.python" + "hosted", "registry." + "npmjs")
HOSTS = ("pypi." + "org/simple", "proxy.golang" + ".org")
DOUBLES = re.compile(r"unittest[.]mock|unittest import (?:mock)|\bMagic(?:Mock)\b")
NOT_TEXT = {".png", ".ico", ".woff2", ".gz"}


def listed() -> list[Path]:
    """Every file that is, or would be, under version control."""
    words = ["git", "ls-files", "-co", "--exclude-standard"]
    done = subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=True)
    files = [HOME / name for name in done.stdout.splitlines()]
    return [file for file in files if file.is_file() and file.suffix not in NOT_TEXT]


def functions(file: Path):
    """Functions of a file with the lines of their bodies; docstring and options are no code."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            lines = (node.end_lineno or 0) - first.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= (first.end_lineno or 0) - first.lineno + 1
            yield node.name, lines


def test_no_file_is_long():
    every = [*SOURCES, *(HOME / "tests").rglob("*.py"), *(HOME / "benchmarks").rglob("*.py")]
    long = {str(f): n for f in every if (n := len(f.read_text().splitlines())) > MOST_LINES}
    assert not long


def test_most_files_are_short():
    lengths = sorted(len(f.read_text().splitlines()) for f in SOURCES)
    assert lengths[len(lengths) // 2] < 100


def test_no_function_is_long():
    long = {
        f"{file.name}:{name}": lines
        for file in SOURCES
        for name, lines in functions(file)
        if lines > MOST_FUNCTION
    }
    assert not long


def test_no_file_has_a_name_that_says_nothing():
    found = [f for f in (HOME / "src").rglob("*.py") if f.stem.lower() in BANNED_NAMES]
    assert not found


def test_every_file_says_what_it_is():
    ours = [f for f in SOURCES if "migrations" not in f.parts]
    silent = [f for f in ours if not ast.get_docstring(ast.parse(f.read_text()))]
    assert [f for f in silent if f.stat().st_size] == []


def test_nothing_names_a_place_or_a_host_of_the_workshop():
    found = [
        (str(file.relative_to(HOME)), word)
        for file in listed()
        for word in (*PLACES, *HOSTS)
        if word in file.read_text(errors="replace")
    ]
    assert not found


def test_the_real_thing_is_used_and_no_double():
    found = [f for f in listed() if f.suffix == ".py" and DOUBLES.search(f.read_text())]
    assert not found


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_nothing_is_left_for_later(word):
    found = [f for f in SOURCES if re.search(rf"\b{word}\b", f.read_text())]
    assert not found


def test_only_the_runner_waits():
    """A sleep in the product is a poll without an end; simulators and the client may."""
    product = [f for f in SOURCES if "/waystation/" in str(f)]
    found = [
        f
        for f in product
        if re.search(r"\btime\.sleep\(|^from time import .*\bsleep\b", f.read_text(), re.MULTILINE)
    ]
    assert not found


LOCKS = ("requirements.lock", "deploy/requirements.lock", "deploy/ansible/requirements.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_versions_and_digests_and_nothing_else(lock):
    for line in (HOME / lock).read_text().splitlines():
        bare = line.strip().rstrip("\\").strip()
        good = re.fullmatch(r"[A-Za-z0-9_.\[\]-]+==\S+( ; .*)?|--hash=sha256:[0-9a-f]{64}", bare)
        assert good or not bare or bare.startswith("#"), line
        assert "://" not in line


def test_packages_of_the_browser_come_from_no_named_registry():
    assert '"resolved"' not in (HOME / "package-lock.json").read_text()


def test_what_is_installed_at_a_site_is_what_was_tested():
    ours, site = ({*re.findall(r"^\S+==\S+", (HOME / each).read_text(), re.MULTILINE)}
                  for each in LOCKS[:2])  # fmt: skip
    assert site
    assert site <= ours, "tools/lock makes both"
