"""`waystation doctor` finds what a person can get wrong, and says how to mend it."""

import pytest

STORE = """
[backends.tape]
kind = "spectrum_archive"
eeadm = "{eeadm}"
[stores.archive]
backend = "{backend}"
root = "{root}"
readers = ["*"]
"""


@pytest.fixture
def settings(tmp_path):
    """Settings whose tape system is a command that is not there."""

    def made(**other: str) -> str:
        words = {"eeadm": "/nowhere/eeadm", "backend": "tape", "root": str(tmp_path), **other}
        return STORE.format(**words)

    return made


def test_without_a_store_it_says_what_to_add(waystation):
    done = waystation("", "doctor")
    assert done.returncode == 1
    assert "stores: there is none." in done.stdout
    assert "Add [stores.NAME]" in done.stdout


def test_a_tape_command_that_is_not_there(waystation, settings):
    done = waystation(settings(), "doctor")
    assert done.returncode == 1
    assert "wrong  backends.tape" in done.stdout
    assert "/nowhere/eeadm" in done.stdout


@pytest.mark.parametrize(
    ("other", "words", "mend"),
    [
        ({"root": "/not/mounted"}, "root /not/mounted", "directory that is mounted here"),
        ({"backend": "tpae"}, "is on back end tpae", "There is no [backends.tpae]"),
    ],
)
def test_a_store_that_cannot_work(waystation, settings, other, words, mend):
    done = waystation(settings(**other), "doctor")
    assert done.returncode == 1
    assert words in done.stdout
    assert mend in done.stdout


def test_a_database_that_does_not_answer(waystation):
    done = waystation('[postgres]\ndsn = "postgresql://x@127.0.0.1:1/none"\n', "doctor")
    assert "wrong  database: does not answer" in done.stdout
    assert "postgres.dsn" in done.stdout


def test_a_real_database_is_well(waystation, postgres):
    done = waystation(f'[postgres]\ndsn = "{postgres}"\n', "doctor")
    assert "well   database: PostgreSQL" in done.stdout


def test_passwords_in_the_clear(waystation):
    done = waystation('[web]\nhost = "0.0.0.0"\n', "doctor")
    assert "listens on 0.0.0.0" in done.stdout
    assert "waystation tls" in done.stdout


def test_a_certificate_with_another_key(waystation, tmp_path):
    for home in ("one", "two"):
        waystation("", "tls", "a.example.org", "--self-signed", "--into", str(tmp_path / home))
    pair = f"""
[web]
tls_certificate = "{tmp_path / "one" / "certificate.pem"}"
tls_key = "{tmp_path / "two" / "key.pem"}"
"""
    done = waystation(pair, "doctor")
    assert "certificate and key cannot be used" in done.stdout


def test_a_key_that_others_can_read(waystation, tmp_path):
    keys = tmp_path / "data" / "keys"
    keys.mkdir(parents=True)
    (keys / "read").write_text("x")
    (keys / "read").chmod(0o644)
    done = waystation("", "doctor")
    assert f"chmod 600 {keys / 'read'}" in done.stdout


def test_nothing_is_changed_by_looking(waystation, settings, tmp_path):
    waystation(settings(), "doctor")
    assert [p.name for p in tmp_path.iterdir()] == ["waystation.toml"]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[web]\nprot = 8300\n", "prot"),
        ("[web]\nport = 99999999\n", "port"),
        ("[web\n", "waystation.toml"),
        ('[stores.a]\nbackend = "none"\nroot = "/a"\n', "no back end 'none'"),
    ],
)
def test_config_check_names_the_mistake(waystation, toml, words):
    done = waystation(toml, "config", "check")
    assert done.returncode != 0
    assert words in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
