"""Certificates of `waystation tls`: the right names, a secret key, never overwritten, usable."""

import socket
import ssl
import stat
import threading

import pytest
from cryptography import x509

NAMES = ["stage.example.org", "127.0.0.1", "::1"]


@pytest.fixture
def made(waystation, tmp_path):
    done = waystation("", "tls", *NAMES, "--self-signed")
    assert done.returncode == 0, done.stderr
    return tmp_path / "data" / "tls"


def test_the_request_names_what_was_asked(made):
    asked = x509.load_pem_x509_csr((made / "request.pem").read_bytes())
    names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert asked.is_signature_valid
    assert names.get_values_for_type(x509.DNSName) == ["stage.example.org"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_only_we_can_read_the_key(made):
    assert stat.S_IMODE((made / "key.pem").stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(made, waystation):
    before = (made / "key.pem").read_bytes()
    again = waystation("", "tls", "other.example.org")
    assert again.returncode == 1
    assert "There is a key already" in again.stderr
    assert "Move it away first" in again.stderr
    assert (made / "key.pem").read_bytes() == before


def test_a_client_that_trusts_it_connects_by_each_name(made):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made / "certificate.pem", made / "key.pem")
    client = ssl.create_default_context(cafile=str(made / "certificate.pem"))
    for name in ("stage.example.org", "127.0.0.1"):
        assert _handshake(server, client, name) is None
    assert isinstance(_handshake(server, client, "elsewhere.example.org"), ssl.SSLError)


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> Exception | None:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    theirs.settimeout(10)

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ours, server_hostname=name).close()
    except ssl.SSLError as refusal:
        return refusal
    finally:
        ours.close()
        thread.join()
    return None
