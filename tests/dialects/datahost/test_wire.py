"""Rows 21, 27, 29, 30, 32, 33, 38: the two calls of old, by curl and by hand."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from certificates import LIMITED
from dialects.datahost.conftest import NOBODY, USERNAME, file, form, sha256
from process_trees import tree
from running import until

DATA = os.urandom(1_500_007)


def files_of(tmp_path, name, data=DATA):
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def test_row_29_the_curl_lines_of_the_document_unchanged(host, tmp_path):
    name = host.name()
    sent, back, shown = files_of(tmp_path, name), tmp_path / "back", str(host.proxy().pem)
    who = ("--cert", shown, "--key", shown)
    form_ = ("-F", f"file2xmit=@{sent}", "-F", "username=ana")
    said = host.curl("-k", *who, *form_, f"{host.grid}/transmit/")
    assert sha256(DATA) in said
    assert host.disk(name).read_bytes() == DATA
    ca = ("--cacert", str(host.authority.certificate))
    host.curl(*ca, *who, *form_, f"{host.grid}/transmit/")
    query = f"{host.grid}/receive/?filename={name}&username=ana"
    host.curl(*ca, *who, "-o", str(back), query)
    assert back.read_bytes() == DATA
    asked = ("-F", f"filename={name}", "-F", "username=ana")
    for way in (asked, ("-d", f"filename={name}", "-d", "username=ana")):
        back.unlink()
        host.curl("-k", *who, *way, "-o", str(back), f"{host.grid}/receive/")
        assert back.read_bytes() == DATA


def test_row_29_nobody_acts_for_somebody_else(host):
    """The hole of old: the form said whose files they were. Before or behind the file."""
    name = host.name()
    for parts in (
        ((USERNAME, b"ben"), (file(name), DATA)),
        ((file(name), DATA), (USERNAME, b"ben")),
        ((USERNAME, b"ana"), (file(name), DATA), (USERNAME, b"ben")),
    ):
        answer = host.post(form(*parts), "XX")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "'ben'" in answer.json()["title"]
    assert not host.disk(name).exists()
    assert not host.disk(name, "ben").exists()
    assert (host.parts(), host.held()) == ([], [])
    for way in (
        {"method": "GET", "params": {"filename": "x", "username": "ben"}},
        {"method": "POST", "data": {"filename": "x", "username": "ben"}},
    ):
        headers = {"Authorization": f"Bearer {host.ana}"}
        answer = httpx.request(url=f"{host.url}/receive/", headers=headers, **way)
        assert answer.status_code == 403


def test_row_29_a_form_without_username_is_the_credentials_own(host):
    name = host.name()
    assert host.post(form((file(name), b"x")), "XX").status_code == 200
    assert host.get(name).content == b"x"


def test_row_29_a_second_file_of_that_name_takes_the_place(host):
    name = host.name()
    for data in (b"first", DATA):
        assert host.post(form((file(name), data), (USERNAME, b"ana")), "XX").status_code == 200
        assert host.get(name).content == data


def test_row_30_our_commands_verify_the_server(host, tmp_path):
    name, shown = host.name(), str(host.proxy().pem)
    files_of(tmp_path, name)
    words = ("ssl-put", host.grid, "ana", shown, shown, name)
    said = host.run(tmp_path, *words)
    assert said.code == 5
    assert "does not prove that it is itself" in said.err
    assert not host.disk(name).exists()
    assert host.run(tmp_path, *words, "--insecure").code == 0
    certificates = str(host.authority.directory)
    assert host.run(tmp_path, *words, X509_CERT_DIR=certificates).code == 0
    assert host.run(tmp_path, *words, "--cacert", str(host.authority.certificate)).code == 0


def test_row_32_two_ports_certificates_and_tokens(host, tmp_path):
    """The web port asks for no certificate; the grid port takes one, and tokens too."""
    name = host.name()
    body = form((file(name), b"x"))
    assert host.post(body, "XX", token=None).status_code == 401
    assert host.post(body, "XX").status_code == 200
    ca = ("--cacert", str(host.authority.certificate))
    url = f"{host.grid}/receive/?filename={name}"
    token = ("-H", f"Authorization: Bearer {host.ana}")
    assert host.curl(*ca, *token, url) == "x"
    assert host.curl(*ca, "-u", f"ana:{host.ana}", url) == "x"
    assert '"unauthenticated"' in host.curl(*ca, url)
    shown = str(host.proxy().pem)
    assert host.curl(*ca, "--cert", shown, "--key", shown, url) == "x"


def test_row_33_who_did_what_is_written_down_and_ends_at_once(host):
    name = host.name()
    dave = host.authority.person("dave", "/DC=test/CN=Dave Short")
    host.house.command("user", "dn", "ana", dave.subject)
    who = ("-k", "--cert", str(dave.pem), "--key", str(dave.pem))
    sent = host.curl(*who, "-F", f"file2xmit=@{dave.certificate};filename={name}",
                     "-F", "username=ana", f"{host.grid}/transmit/")  # fmt: skip
    assert name in sent
    words = rf"ana \(CN=Dave Short,DC=test\) stored {name}, \d+ bytes, from 127\.0\.0\.1"
    assert until(lambda: re.search(words, host.house.log), 20)
    host.house.command("user", "dn", "ana", dave.subject, "--remove")
    url = f"{host.grid}/receive/?filename={name}"
    assert until(lambda: "belongs to no account" in host.curl(*who, url), 20)


def test_a_limited_proxy_fetches_and_stores(host, tmp_path):
    name, shown = host.name(), str(host.proxy(policy=LIMITED).pem)
    sent, who = files_of(tmp_path, name), ("-k", "--cert", shown, "--key", shown)
    host.curl(*who, "-F", f"file2xmit=@{sent}", "-F", "username=ana", f"{host.grid}/transmit/")
    url = f"{host.grid}/receive/?filename={name}&username=ana"
    host.curl(*who, "-o", str(tmp_path / "back"), url)
    assert (tmp_path / "back").read_bytes() == DATA


def test_credentials_that_are_no_good(host, tmp_path):
    name = host.name()
    sent = files_of(tmp_path, name)
    forged = host.proxy(subject="/DC=test/CN=Ben Other/CN=1")
    ended = host.proxy(days=-1)
    for shown in (forged, ended):
        who = ("-k", "--cert", str(shown.pem), "--key", str(shown.pem))
        asked = ("-F", f"file2xmit=@{sent}", "-F", "username=ana", f"{host.grid}/transmit/")
        host.curl(*who, *asked, fails=True)
    unknown = host.authority.person("nobody", NOBODY)
    who = ("-k", "--cert", str(unknown.pem), "--key", str(unknown.pem))
    assert "belongs to no account" in host.curl(*who, *asked)
    assert not host.disk(name).exists()


def test_ranges_heads_and_digests(host):
    name = host.name()
    host.post(form((file(name), DATA)), "XX")
    part = host.get(name, Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, DATA[10:20])
    whole = host.get(name, **{"Want-Repr-Digest": "sha-256=10"})
    assert whole.headers["repr-digest"].startswith("sha-256=:")
    asked = {"headers": {"Authorization": f"Bearer {host.ana}"}, "params": {"filename": name}}
    head = httpx.head(f"{host.url}/receive/", **asked)
    assert (head.headers["content-length"], head.content) == (str(len(DATA)), b"")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "transmit/", 405, "method-not-allowed"),
        ("PUT", "receive/", 405, "method-not-allowed"),
        ("GET", "nothing/", 404, "not-found"),
        ("GET", "receive/", 400, "malformed"),
        ("GET", "receive/?filename=none", 404, "not-found"),
        ("GET", "receive/?filename=../../etc/passwd", 400, "malformed"),
        ("GET", "receive/?filename=.waystation/parts/x", 400, "malformed"),
        ("GET", "receive/?filename=%FF", 400, "malformed"),
        ("GET", "receive?filename=none", 404, "not-found"),
        ("GET", "list/?after=9/x", 400, "malformed"),
    ],
)
def test_calls_that_are_none(host, method, path, status, code):
    headers = {"Authorization": f"Bearer {host.ana}"}
    answer = httpx.request(method, f"{host.url}/{path}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def most_memory(host, kind: str) -> int:
    """Bytes of memory that a process of ours ever had."""
    below = tree(host.house.up.pid)
    grid = [each.pid for each in below if each.command.endswith("waystation grid")]
    serving = host.house.pids("serving") if kind == "web" else grid
    status = [Path(f"/proc/{pid}/status").read_text() for pid in serving]
    return max(1024 * int(re.search(r"VmHWM:\s+(\d+)", text)[1]) for text in status)  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["web", "grid"])
def test_a_large_file_in_flat_memory(host, tmp_path, kind):
    """300 MB in and out: the process that serves grows by less than 64 MB."""
    assert shutil.disk_usage(tmp_path).free > 2**30
    big, back, name = tmp_path / "big.dat", tmp_path / "back", host.name()
    block, digest = os.urandom(2**20), hashlib.sha256()
    with big.open("wb") as out:
        for n in range(300):
            out.write(n.to_bytes(8) + block[8:])
            digest.update(n.to_bytes(8) + block[8:])
    url = host.url if kind == "web" else host.grid
    who = ("-k", "-H", f"Authorization: Bearer {host.ana}")
    small = files_of(tmp_path, host.name())
    host.curl(*who, "-F", f"file2xmit=@{small}", f"{url}/transmit/")
    before = most_memory(host, kind)
    said = host.curl(*who, "-F", f"file2xmit=@{big};filename={name}", f"{url}/transmit/")
    assert digest.hexdigest() in said
    host.curl(*who, "-o", str(back), f"{url}/receive/?filename={name}")
    grown = most_memory(host, kind) - before
    print(f"{kind}: {before / 1e6:.0f} MB grew by {grown / 1e6:.1f} MB")
    assert grown < 64_000_000
    assert back.stat().st_size == big.stat().st_size == host.disk(name).stat().st_size
    for each in (big, back):
        each.unlink()
