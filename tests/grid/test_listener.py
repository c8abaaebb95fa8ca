"""Who the grid port lets in, and as whom: real handshakes with curl and Python's own client."""

import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from certificates import ALICE, LIMITED, Authority, Signed, later, proxy
from running import free_port, until
from waystation.interfaces.grid.tls import GridTls, context

ALICE_STORED = "CN=Alice Example,DC=test"


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def alice(authority) -> Signed:
    return authority.person("alice", ALICE)


@contextmanager
def listening(authority: Authority, host: Signed, *, crls: bool = False) -> Iterator[int]:
    port = free_port()
    words = [str(port), str(host.certificate), str(host.key), str(authority.directory)]
    echo = Path(__file__).with_name("echo.py")
    command = [sys.executable, str(echo), *words, "crls" if crls else "none"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: _open(port), 30)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def port(authority) -> Iterator[int]:
    with listening(authority, authority.host()) as found:
        yield found


def curl(port: int, authority: Authority, who: Path | None, *more: str) -> dict[str, object]:
    """What the server saw; empty when the handshake failed."""
    words = ["curl", "-sS", "--max-time", "20", "--cacert", str(authority.certificate), *more]
    if who is not None:
        words += ["--cert", str(who), "--key", str(who)]
    done = subprocess.run(
        [*words, f"https://localhost:{port}/"], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else {}


def _open(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_a_certificate_is_its_subject(port, authority, alice):
    seen = curl(port, authority, alice.pem)
    assert (seen["subject"], seen["limited"]) == (ALICE_STORED, False)
    assert seen["extension"] == ALICE_STORED
    assert seen["scheme"] == "https"


def test_no_certificate_is_nobody_and_welcome(port, authority):
    assert curl(port, authority, None)["subject"] is None


def test_a_proxy_is_the_person_and_lasts_as_long_as_itself(port, authority, alice):
    seen = curl(port, authority, proxy(alice, "p1").pem)
    assert (seen["subject"], seen["limited"]) == (ALICE_STORED, False)
    assert str(seen["ends"]) < str(curl(port, authority, alice.pem)["ends"])


def test_a_proxy_of_a_proxy_is_the_person(port, authority, alice):
    first = proxy(alice, "p2")
    assert curl(port, authority, proxy(first, "p3").pem)["subject"] == ALICE_STORED


def test_limited_anywhere_in_the_chain_is_limited(port, authority, alice):
    limited = proxy(alice, "lim", policy=LIMITED)
    for each in (limited, proxy(limited, "lim2")):
        seen = curl(port, authority, each.pem)
        assert (seen["subject"], seen["limited"]) == (ALICE_STORED, True)


def test_who_is_refused(port, authority, alice, tmp_path):
    short = proxy(alice, "short", policy="language:id-ppl-inheritAll,pathlen:0")
    bare = proxy(alice, "bare")
    alone = Signed("alone", bare.subject, bare.certificate, bare.key)
    other = Authority(tmp_path / "other", "Test CA")
    bad = {
        "path length": proxy(short, "toolong"),
        "subject is not the issuer's": proxy(alice, "mallory", subject="/DC=test/CN=Mallory/CN=4"),
        "expired": proxy(alice, "expired", days=-1),
        "not good yet": later(alice, proxy(alice, "early"), timedelta(hours=6)),
        "without the person's certificate": alone,
        "another authority of the same name": other.person("eve", ALICE),
    }
    now = later(alice, proxy(alice, "now"), timedelta(0))
    assert curl(port, authority, now.pem)["subject"] == ALICE_STORED, "signed anew is no harm"
    for why, each in bad.items():
        assert curl(port, authority, each.pem) == {}, why


def test_a_person_cannot_be_made_by_a_person(port, authority, alice):
    """A certificate without the proxy's mark, signed by a person: no chain at all."""
    forged = proxy(
        alice, "forged", policy="language:id-ppl-inheritAll", subject="/DC=test/CN=Root"
    )
    plain = Signed(forged.name, forged.subject, forged.certificate, forged.key, forged.chain)
    assert curl(port, authority, plain.pem) == {}


def test_bodies_come_through(port, authority, alice, tmp_path):
    (tmp_path / "big").write_bytes(bytes(5_000_000))
    seen = curl(port, authority, alice.pem, "-T", str(tmp_path / "big"))
    assert (seen["subject"], seen["size"]) == (ALICE_STORED, 5_000_000)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_resumed_so_nobody_turns_anonymous(port, authority, alice, version):
    """A resumed session has no verified chain (Python and OpenSSL 3)."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(alice.certificate, alice.key)
    context.minimum_version = context.maximum_version = version
    session = None
    for _ in range(3):
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as link,
        ):
            link.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while part := link.recv(4096):
                answer += part
            assert not link.session_reused
            session = link.session
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["subject"] == ALICE_STORED


def test_a_client_that_names_no_server_is_let_in(port, authority, alice):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(alice.certificate, alice.key)
    context.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain) as link,
    ):
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 200 " in link.recv(4096)


def test_one_who_does_not_shake_hands_holds_up_nobody(port, authority, alice):
    with socket.create_connection(("127.0.0.1", port)):
        assert curl(port, authority, alice.pem)["subject"] == ALICE_STORED


def test_new_authorities_and_host_certificates_are_read_without_a_restart(tmp_path):
    first, second = Authority(tmp_path / "a", "First"), Authority(tmp_path / "b", "Second")
    host = first.host()
    person = second.person("ben", "/DC=test/CN=Ben")
    with listening(first, host) as port:
        assert curl(port, first, person.pem) == {}
        second.trust(first.directory)
        assert curl(port, first, person.pem)["subject"] == "CN=Ben,DC=test"
        (first.directory / f"{second.hash}.0").unlink()
        assert curl(port, first, person.pem) == {}
        renewed = second.host()
        host.key.write_text("half a key")
        assert curl(port, first, None)["subject"] is None, "the old one stays while files are bad"
        host.certificate.write_text(renewed.certificate.read_text())
        host.key.write_text(renewed.key.read_text())
        assert curl(port, second, None)["subject"] is None


def test_a_directory_of_authorities_that_is_not_there_is_told(authority, tmp_path):
    host = authority.host()
    with pytest.raises(NotADirectoryError):
        context(GridTls(host.certificate, host.key, tmp_path / "none"))


def test_revoked_is_refused_behind_a_proxy_too(tmp_path):
    """OpenSSL looks at no revocation list for the leaf when the leaf is a proxy."""
    authority = Authority(tmp_path / "ca")
    good, bad = (
        authority.person("good", "/DC=test/CN=Good"),
        authority.person("bad", "/DC=test/CN=Bad"),
    )
    everybody = [each.pem for p in (good, bad) for each in (p, proxy(p, f"{p.name}-p"))]
    with listening(authority, authority.host(), crls=True) as port:
        assert [curl(port, authority, pem) for pem in everybody] == [{}] * 4, "no list, no trust"
        authority.revoke(bad)
        seen = [curl(port, authority, pem).get("subject") for pem in everybody]
        assert seen == ["CN=Good,DC=test", "CN=Good,DC=test", None, None]
