"""Where each numbered demand of the Data Host's document is held (contracts/data-host.md).

Rows whose tests have the number in their names are found by that; the others are named here.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
ROWS = set(range(1, 40))

HELD = {
    1: ["operator/test_doctor.py::test_without_a_store_it_says_what_to_add"],
    2: ["api/test_openapi.py::test_every_operation_answers_as_it_says"],
    3: ["dav/test_nearline.py::test_one_header_stages_it",
        "dav/test_bytes.py::test_put_and_get_back"],
    4: ["dav/test_copies.py::test_gfal2_has_servers_copy"],
    5: ["e2e/test_uploads.py::test_an_upload_outlives_a_reload_and_a_lost_network"],
    6: ["e2e/test_files.py::test_what_can_be_done_with_a_file",
        "tree/test_archives.py::test_a_tar_goes_in_and_comes_out"],
    7: ["admin/test_row_7_people.py"],
    8: ["deploy/test_proxies.py::test_the_proxy_sends_the_files_and_no_others",
        "dav/test_bytes.py::test_several_ranges"],
    10: ["admin/test_row_10_jwt.py", "admin/test_row_10_oidc.py"],
    11: ["hosting/test_uploads.py"],
    12: ["house/test_reference.py::test_the_schema_has_no_change_that_no_migration_makes"],
    13: ["e2e/test_files.py::test_names_and_contents_of_others_run_nothing",
         "dav/test_bytes.py::test_no_browser_runs_what_somebody_stored"],
    14: ["e2e/test_files.py::test_all_of_it_works_without_javascript"],
    15: ["e2e/test_pages.py::test_nothing_stands_in_anybodys_way",
         "e2e/test_pages.py::test_the_theme_is_kept"],
    16: ["admin/test_row_16_messages.py"],
    20: ["e2e/test_admin.py::test_an_administrator_looks_after_people",
         "jobs/test_pages.py"],
    21: ["admin/test_row_21_throttle.py"],
    33: ["admin/test_row_33_policy.py", "admin/test_row_33_suspend.py"],
    34: ["deploy/test_proxies.py::test_the_proxy_sends_the_files_and_no_others"],
    37: ["house/test_reference.py::test_the_schema_has_no_change_that_no_migration_makes"],
}  # fmt: skip


@cache
def names(file: Path) -> frozenset[str]:
    parsed = ast.parse(file.read_text())
    return frozenset(node.name for node in ast.walk(parsed) if isinstance(node, ast.FunctionDef))


def numbered() -> set[int]:
    """Rows that a test has in its name."""
    files = [file for file in TESTS.rglob("test_*.py") if file != Path(__file__)]
    found = (re.match(r"test_row_(\d+)_", name) for file in files for name in names(file))
    return {int(match[1]) for match in found if match}


def test_every_row_is_held_somewhere():
    assert not ROWS - numbered() - set(HELD)


@pytest.mark.parametrize("row", sorted(HELD))
def test_what_holds_a_row_is_there(row):
    for each in HELD[row]:
        file, _, name = each.partition("::")
        assert (TESTS / file).is_file(), each
        assert not name or name in names(TESTS / file), each
