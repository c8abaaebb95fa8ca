"""Row 22: what the shell completes, and whole folders, by the real bash and a real node."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """The eight names on a path, as the package installs them."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("login", "logout", "ls", "rm", "put", "get", "ssl-put", "ssl-get"):
        script = folder / f"datahost-{name}"
        words = f'{sys.executable} -m waystation_client.datahost {name} "$@"'
        script.write_text(f"#!/bin/sh\nexec {words}\n")
        script.chmod(0o755)
    return folder


def completed(commands, folder, line: list[str], **variables: str) -> set[str]:
    """What bash would offer for the last word of a line."""
    asked = """
      source <(datahost-ls --completion) || exit 1
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _datahost
      printf '%s\\n' "${COMPREPLY[@]}"
    """
    environment = {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "XDG_STATE_HOME": str(folder / "state"),
        "HOME": str(folder),
        **variables,
    }
    done = subprocess.run(
        ["bash", "-c", asked, "bash", *line],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(filter(None, done.stdout.split("\n")))


def test_row_22_bash_completes_the_old_commands(host, tmp_path, commands):
    names = {host.name(), f"sp ace {host.name()}"}
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    host.login(tmp_path)
    url = host.house.url
    for name in names:
        assert host.run(tmp_path, "put", url, "ana", name).code == 0
    at = {"DATAHOST_ADDRESS": url, "DATAHOST_USER": "ana"}
    assert names <= completed(commands, tmp_path, ["datahost-get", ""], **at)
    assert names <= completed(commands, tmp_path, ["datahost-rm", url, "ana", ""])
    some = next(iter(names))
    assert completed(commands, tmp_path, ["datahost-get", url, "ana", some[:-1]]) >= {some}
    assert completed(commands, tmp_path, ["datahost-ls", url, ""]) == {"ana"}
    address = url.removeprefix("http://")
    assert completed(commands, tmp_path, ["datahost-ls", ""]) == {address}
    assert "--recursive" in completed(commands, tmp_path, ["datahost-put", "--re"])
    assert completed(commands, tmp_path, ["datahost-put", url, "ana", ""]) == set(), "bash's own"
    assert completed(commands, tmp_path / "nobody", ["datahost-get", url, "ana", ""]) == set()


@pytest.mark.parametrize("way", ["password", "proxy"])
def test_row_22_a_whole_folder(host, tmp_path, way):
    folder = tmp_path / f"run {host.name()}"
    (folder / "deep" / "er").mkdir(parents=True)
    for n in range(30):
        (folder / "deep" / f"{n}").write_bytes(b"%d" % n)
    (folder / "deep" / "er" / "big").write_bytes(os.urandom(2_000_000))
    host.login(tmp_path)
    if way == "password":
        words, more = ("put", "-r", host.house.url, "ana", folder.name), {}
    else:
        words = ("ssl-put", "-r", host.grid, "ana", folder.name)
        more = {
            "X509_USER_PROXY": str(host.proxy().pem),
            "X509_CERT_DIR": str(host.authority.directory),
        }
    said = host.run(tmp_path, *words, **more)
    assert said.code == 0, said.err
    assert "31 files" in said.out + said.err
    there = host.disk(folder.name)
    assert (there / "deep" / "7").read_bytes() == b"7"
    assert (there / "deep/er/big").read_bytes() == (folder / "deep/er/big").read_bytes()
    again = host.run(tmp_path, *words, "--json", **more)
    assert '"skipped":31' in again.out, again.out + again.err
    file = host.run(tmp_path, *words[:-1], f"{folder.name}/deep/7", **more)
    assert (file.code, "is no folder" in file.err) == (2, True)
