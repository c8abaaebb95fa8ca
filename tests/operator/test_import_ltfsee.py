"""`waystation import ltfsee-list`: every form of a list, taken once, wrong lines named."""

import io
import subprocess
import sys

import pytest

from running import House, new_house
from waystation.bootstrap.ltfsee_list import LONGEST_LINE, PART, Listed, Tally, parts, read_line


@pytest.mark.parametrize(
    ("line", "listed"),
    [
        ("/gpfs/a b", Listed("/gpfs/a b")),
        ("/gpfs/a -- /gpfs/b\r\n", Listed("/gpfs/a -- /gpfs/b")),
        ("12 34 0  -- /gpfs/a -- b\n", Listed("/gpfs/a -- b")),
        ("4711 65537 0   KB 17 -- /gpfs/ü", Listed("/gpfs/ü")),
        (
            "M  2  A00001L9@pool1@lib1  A00002L9@pool2@lib2  -   -- /gpfs/a",
            Listed("/gpfs/a", "nearline", ("A00001L9", "A00002L9")),
        ),
        (
            "P 1 A00001L9@p@l - - -- /gpfs/a",
            Listed("/gpfs/a", "online_and_nearline", ("A00001L9",)),
        ),
        ("R 0 - - - -- /gpfs/a", Listed("/gpfs/a", "online")),
        ("", None),
        ("# of 2024", None),
        ("State  Replicas  Tape 1  Tape 2  Tape 3", None),
    ],
)
def test_each_form_of_a_line(line, listed):
    assert read_line(line) == listed


@pytest.mark.parametrize("line", ["gpfs/a", "M 1 A@p@l - -", "M 1 - - - -- relative"])
def test_a_line_of_no_form_says_so(line):
    with pytest.raises(ValueError, match="path"):
        read_line(line)


def test_wrong_lines_are_counted_and_the_first_are_named():
    text = b"/gpfs/good\n/elsewhere/x\n\xff\xfe\n/gpfs/../etc/passwd\n" + b"nonsense\n" * 30
    text += b"/gpfs/" + b"x" * (2 * LONGEST_LINE) + b"\n/gpfs/last"
    tally = Tally()
    assert list(parts(io.BytesIO(text), "/gpfs", tally)) == [["/gpfs/good", "/gpfs/last"]]
    assert tally.wrong == 34
    assert tally.named[:4] == [
        "line 2: The path is not below this store's root /gpfs.",
        "line 3: not UTF-8.",
        "line 4: The path has . or .. in it: write it without.",
        "line 5: neither a path nor a line with ' -- /path' at its end.",
    ]
    assert len(tally.named) == 10


MEASURE = """
import resource, sys
from waystation.bootstrap.ltfsee_list import Tally, parts
tally = Tally()
with open(sys.argv[1], "rb") as file:
    for part in parts(file, "/gpfs", tally):
        pass
print(tally.files, len(tally.tapes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_million_lines_need_the_memory_of_one_part(tmp_path):
    place = tmp_path / "list"
    with place.open("w") as file:
        for n in range(1_000_000):
            file.write(
                f"M  1  A{n // 5000:05}L9@pool@lib  -  - -- /gpfs/project/run{n // 100}/f{n}\n"
            )
    few = tmp_path / "few"
    few.write_text("/gpfs/a\n")
    seen = []
    for list_file in (few, place):
        words = [sys.executable, "-c", MEASURE, str(list_file)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        seen.append([int(word) for word in done.stdout.split()])
    (_, _, without), (files, tapes, with_list) = seen
    assert files == 1_000_000
    assert tapes == 200
    # ru_maxrss is in KiB: a part of 100,000 names of 40 bytes and Python's own part of each.
    assert with_list - without < 120 * 1024


def test_a_long_list_comes_in_parts():
    text = b"".join(b"/gpfs/%d\n" % n for n in range(PART + 5))
    tally = Tally()
    lengths = [len(part) for part in parts(io.BytesIO(text + text[:9]), "/gpfs", tally)]
    assert lengths == [PART, 6]
    assert tally.files == PART + 6


# ------------------------------------------------------------------------------ by the command


@pytest.fixture(scope="module")
def house():
    with new_house(directories=2, files_each=20) as running:
        yield running


def run(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {**house.environment(), "WAYSTATION_POSTGRES__DSN": house.dsn}
    return subprocess.run(
        [sys.executable, "-m", "waystation", "import", "ltfsee-list", *words],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def states(house: House, paths: list[str]) -> str:
    """What `eeadm file state -s` says of files."""
    words = [house.site.eeadm, "file", "state", "-s", *paths]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def datasets(house: House) -> dict[str, int]:
    with house.client() as http:
        return {each["name"]: each["files"] for each in http.get("/datasets").json()["datasets"]}


def test_a_real_list_is_taken_staged_and_the_same_again(house, tmp_path):
    paths = house.untouched(12)
    place = tmp_path / "old files.list"
    place.write_text(states(house, paths) + paths[0] + "\n")
    first = run(house, house.store, str(place), "--stage")
    assert first.returncode == 0, first.stderr
    assert "12 files of store archive (12 nearline;" in first.stdout
    assert "1 lines name a file again." in first.stdout
    assert "dataset old files: new" in first.stdout
    number = first.stdout.split("request ")[1].split(":")[0]
    assert datasets(house)["old files"] == 12
    again = run(house, house.store, str(place), "--stage")
    assert again.returncode == 0
    assert f"request {number}: was asked for before" in again.stdout
    assert "dataset old files: as before, written again" in again.stdout
    assert house.ended(number, 90)["state"] == "complete"
    assert house.wrong_bytes(paths) == []


def test_a_dry_run_tells_and_changes_nothing(house, tmp_path):
    place = tmp_path / "dry"
    place.write_text("\n".join([house.paths[0], "/etc/passwd", "nonsense"]))
    before = datasets(house)
    done = run(house, house.store, str(place), "--dry-run")
    assert done.returncode == 1
    assert "1 files of store archive (1 without a state; 0 cartridges)." in done.stdout
    assert "Nothing was changed." in done.stdout
    assert "2 lines are no file of this store" in done.stderr
    assert "line 2: " in done.stderr
    assert "line 3: " in done.stderr
    assert datasets(house) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "{list}"), "There is no store 'nowhere'"),
        (("archive", "{list}", "--account", "nobody"), "There is no account 'nobody'"),
        (("archive", "/nowhere/list"), "does not exist"),
    ],
)
def test_what_is_not_there_is_named(house, tmp_path, words, said):
    place = tmp_path / "list"
    place.write_text(house.paths[0])
    done = run(house, *(word.format(list=place) for word in words))
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_only_an_administrator_takes_lists_over(house, tmp_path):
    house.account("list-reader")
    place = tmp_path / "list"
    place.write_text(house.paths[0])
    done = run(house, house.store, str(place), "--account", "list-reader")
    assert done.returncode == 1
    assert "Only administrators" in done.stderr
