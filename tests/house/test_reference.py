"""What the reference pages say is what the program does; made from it, and compared."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command

from waystation.bootstrap.error_reference import error_reference, families
from waystation.bootstrap.reference import settings_reference
from waystation.interfaces.problems import STATUS

HOME = Path(__file__).parents[2]
PAGES = HOME / "docs" / "reference"


def codes() -> set[str]:
    """Every error code that stands in the sources."""
    found = set()
    for file in (HOME / "src" / "waystation").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                found |= {
                    part.value.value
                    for part in node.body
                    if isinstance(part, ast.Assign)
                    and isinstance(part.value, ast.Constant)
                    and getattr(part.targets[0], "id", "") == "code"
                }
    return found


def test_every_error_code_has_its_status():
    assert codes() <= set(STATUS)


def test_no_status_is_kept_for_a_code_that_is_gone():
    assert set(STATUS) == codes() | {"internal"}


def test_an_error_code_belongs_to_one_class():
    told = [family.code for family in families()]
    assert len(told) == len(set(told))


def test_error_codes_are_words_for_programs():
    for code in STATUS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)


def test_the_page_of_errors_is_up_to_date():
    page = (PAGES / "errors.md").read_text()
    assert page == error_reference(), (
        "python -m waystation.bootstrap.error_reference > docs/reference/errors.md"
    )
    for code in STATUS:
        assert f"`{code}`" in page


def test_the_page_of_settings_is_up_to_date():
    page = (PAGES / "settings.md").read_text()
    assert page.strip() == settings_reference().strip(), (
        "waystation config reference > docs/reference/settings.md"
    )


def test_every_setting_has_words():
    for line in settings_reference().splitlines():
        if line.startswith("| `"):
            assert line.split("|")[3].strip(), line


def test_the_schema_has_no_change_that_no_migration_makes(template, postgres):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
