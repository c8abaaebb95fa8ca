"""A real node that answers as aCT, with this machine as its cluster, and two people."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from certificates import ALICE, Authority, Signed, proxy
from running import House, free_port, new_house, until

BEN = "/DC=test/CN=Ben Other"
CE = "https://ce.example.org"


@dataclass
class Tower:
    """The node, and the wire of the old client.

    Attributes:
        tokens: by account, `ana` and `ben`: of this server, not of this wire.
        alice: certificate of ana.
        grid: address of the grid port.
    """

    house: House
    tokens: dict[str, str]
    authority: Authority
    alice: Signed
    grid: str

    def call(self, verb: str, path: str, body: object = None, *, by: str | None = "ana", **more):
        """A call as the client makes it: JSON when there is some, a bearer token, no Accept."""
        token = self.tokens.get(by, by) if by else None
        headers = {"Accept-Encoding": "identity"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = more.pop("content", None)
        if body is not None:
            content, headers["Content-type"] = json.dumps(body), "application/json"
        with httpx.Client(base_url=self.house.url, timeout=60) as http:
            del http.headers["accept"]
            return http.request(verb, path, content=content, headers=headers, **more)

    def made(self, xrsl: str, *, by: str = "ana", **files: bytes) -> int:
        """A job that was made, has its inputs, and was confirmed; its number."""
        number = self.call("POST", "/jobs", [{"clusterlist": ["here"]}], by=by).json()[0]["id"]
        for name, data in files.items():
            put = self.call("PUT", f"/jobs/{number}/data/{name}", content=data, by=by)
            assert put.status_code == 204, put.text
        told = self.call("PUT", "/jobs", [{"id": number, "desc": xrsl}], by=by).json()
        assert "msg" not in told[0], told
        return number

    def stat(self, number: int, columns: str = "arcstate", *, by: str = "ana") -> dict:
        """Columns of a job."""
        params = {"id": number, "client": "id,jobname", "arc": columns}
        found = self.call("GET", "/jobs", params=params, by=by)
        assert found.status_code == 200, found.text
        return found.json()[0]

    def ended(self, number: int, state: str = "done") -> dict:
        """A job once it has come to a state."""
        until(lambda: self.stat(number)["a_arcstate"] == state, 60)
        told = self.stat(number, "arcstate,ExitCode,Error,ExecutionNode")
        assert told["a_arcstate"] == state, told
        return told

    def delegate(self, of: Signed) -> tuple[httpx.Response, str]:
        """What `act proxy` does with a proxy; the last answer, and the token before the proof."""
        cert, chain = _parts(of)
        begun = self.call("POST", "/proxies", {"cert": cert, "chain": chain}, by=None)
        assert begun.status_code == 200, begun.text
        token = begun.json()["token"]
        signed = sign(of, begun.json()["csr"])
        body = {"cert": signed, "chain": f"{cert}\n{chain}\n"}
        return self.call("PUT", "/proxies", body, by=token), token


def _parts(of: Signed) -> tuple[str, str]:
    return of.certificate.read_text(), "".join(each.read_text() for each in of.chain)


def sign(of: Signed, request: str) -> str:
    """A certificate of the key of a request, as the client signs it (act_client, x509proxy)."""
    issuer = x509.load_pem_x509_certificate(of.certificate.read_bytes())
    key = serialization.load_pem_private_key(of.key.read_bytes(), None)
    asked = x509.load_pem_x509_csr(request.encode())
    assert asked.subject == issuer.subject
    name = [*issuer.subject, x509.NameAttribute(x509.NameOID.COMMON_NAME, "1234567")]
    oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.14")
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_cert_sign"),
            *("crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .issuer_name(issuer.subject)
        .subject_name(x509.Name(name))
        .serial_number(issuer.serial_number)
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .public_key(asked.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_agreement=True, **usage), critical=True
        )
        .add_extension(
            x509.UnrecognizedExtension(oid, bytes.fromhex("300c300a06082b06010505071501")),
            critical=True,
        )
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def a_proxy(tower: Tower, tmp_path: Path) -> Signed:
    return proxy(tower.alice, f"proxy-{tmp_path.name}")


@pytest.fixture(scope="package")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tower]:
    root = tmp_path_factory.mktemp("act")
    authority = Authority(tmp_path_factory.mktemp("act-ca"))
    server, port = authority.host(), free_port()
    variables = {
        "WAYSTATION_STORES__DISK__ROOT": str(root),
        "WAYSTATION_GRID__PORT": str(port),
        "WAYSTATION_GRID__URL": f"https://localhost:{port}",
        "WAYSTATION_GRID__CERTIFICATE": str(server.certificate),
        "WAYSTATION_GRID__KEY": str(server.key),
        "WAYSTATION_GRID__CA_DIR": str(authority.directory),
        "WAYSTATION_DIALECTS__ACT__ENABLED": "true",
        "WAYSTATION_DIALECTS__ACT__CLUSTERS": json.dumps({CE: "here"}),
        "WAYSTATION_JOBS__CLUSTERS": '{"here": {"kind": "local", "cores": 4}}',
        "WAYSTATION_JOBS__GROUPS": '["compute"]',
        "WAYSTATION_JOBS__POLL_S": "0.3",
    }
    with new_house(directories=1, files_each=1, **variables) as house:
        tokens = {name: house.account(name) for name in ("ana", "ben")}
        tokens["eve"] = house.account("eve")
        _may_run(house, ["ana", "ben"])
        for name, subject in (("ana", ALICE), ("ben", BEN)):
            house.command("user", "dn", name, subject)
            house.command("space", "add", name, "--owner", name, "--store", "disk")
        alice = authority.person("alice", ALICE)
        with house.client() as http:
            assert until(lambda: _open(http), 30), house.log[-2000:]
        yield Tower(house, tokens, authority, alice, f"https://localhost:{port}")


def _may_run(house: House, names: list[str]) -> None:
    """Put accounts into the group of those who may run jobs."""
    with psycopg.connect(house.dsn) as conn:
        conn.execute("INSERT INTO auth_group (name) VALUES ('compute')")
        sql = """
          INSERT INTO accounts_user_groups (user_id, group_id)
          SELECT u.id, g.id FROM accounts_user u, auth_group g
          WHERE g.name = 'compute' AND u.username = ANY(%s)
        """
        conn.execute(sql, [names])


def _open(http: httpx.Client) -> bool:
    found = http.get("/clusters").json()["clusters"]
    return [each["state"] for each in found] == ["open"]
