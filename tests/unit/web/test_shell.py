"""Commands that pages offer to copy: whatever people call their files, a shell sees one word."""

import subprocess
from pathlib import Path

import pytest

from waystation.interfaces.web import shell, shell_access

SERVER = "https://way.example.org"
HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "'; touch owned; '",
    '"; touch owned; "',
    "a && touch owned",
    "-rf",
    "--config=owned",
    "a b\\' c",
    "!!",
    "*",
    "~root",
    "größe $HOME",
    "a?x=1&y=2#z",
]
STUBS = """
say() { printf '<%s>' "$@"; printf '\\n'; }
way() { say way "$@"; }
curl() { say curl "$@"; }
waystation() { say waystation "$@"; }
tar() { say tar "$@"; }
openssl() { cat; }
WAYSTATION_TOKEN=secret
"""


def every(name: str) -> list[tuple[str, str]]:
    """All commands of all pages, with a word for each."""
    path = f"run/{name}"
    form = {"paths": f"/archive/{name}\n/b", "dataset": "", "label": name, "store": "s", "pin": 1}
    offered = [
        *shell.for_folder("lab", path, address=SERVER, nearline=True),
        *shell.for_one("lab", path, address=SERVER),
        *shell.for_search(name, "lab", path, address=SERVER),
        *shell.for_settings("lab", address=SERVER),
        *shell_access.for_links("lab", path, folder=False, address=SERVER),
        *shell_access.for_links("lab", path, folder=True, address=SERVER),
        *shell_access.for_job_tokens("lab", path, address=SERVER),
        *shell_access.for_stage(form, address=SERVER),
        *shell_access.for_stage({**form, "paths": "", "dataset": f"s/{name}"}, address=SERVER),
        *(
            (words, words, text)
            for folder in (True, False)
            for words, text in shell.for_file("lab", path, folder=folder, address=SERVER)
        ),
    ]
    return [(words, text) for _, words, text in offered]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("interpreter", ["sh", "bash"])
def test_no_name_of_a_file_is_run(tmp_path, number, interpreter):
    name = HOSTILE[number]
    (tmp_path / "FILE").write_bytes(b"")
    lines = [text for _, text in every(name)]
    done = subprocess.run(
        [interpreter, "-c", STUBS + "\n".join(lines)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["FILE"]
    # As `way` gets it: one word with the very name in it.
    assert f"<lab:/run/{name}>" in done.stdout
    assert f"</archive/{name}>" in done.stdout


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_every_command_is_one_line_and_has_no_token(number):
    for words, text in every(HOSTILE[number]):
        assert "\n" not in text, words
        if "Authorization" in text:
            assert "$WAYSTATION_TOKEN" in text


def test_a_long_list_of_paths_is_left_to_a_file():
    paths = "\n".join(f"/archive/{n}" for n in range(21))
    form = {"paths": paths, "dataset": "", "label": "", "store": "", "pin": 1}
    texts = [text for _, _, text in shell_access.for_stage(form, address=SERVER)]
    assert "--from-file FILE" in texts[0]
    assert "-d @FILE" in texts[2]
    assert all("/archive/" not in text for text in texts)


def test_every_command_of_way_is_one_that_there_is():
    """Their names are those of the client, whose files are called like them."""
    commands = Path(__file__).parents[3] / "src/waystation_client/commands"
    known = {path.stem for path in commands.glob("*.py")} | {"cp"}
    for _, text in every("a"):
        if text.startswith("way "):
            assert text.split()[1] in known, text
