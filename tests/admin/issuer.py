"""An issuer of tokens on the wire: discovery, keys that rotate, and days when it is away."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

AUDIENCE = "https://stage.test"


@dataclass
class Issuer:
    url: str = ""
    away: bool = False
    asked: int = 0
    keys: list[RSAKey | ECKey] = field(default_factory=list)

    def rotate(self) -> None:
        """A new key; the old one is not told any more."""
        kid = f"key-{time.monotonic_ns()}"
        self.keys = [RSAKey.generate_key(2048, {"kid": kid}, auto_kid=False)]

    def token(self, *, key=None, header=None, drop: tuple[str, ...] = (), **claims) -> str:
        """A good one, but for what is said."""
        now = int(time.time())
        told = {
            "iss": self.url,
            "sub": "somebody",
            "aud": AUDIENCE,
            "exp": now + 600,
            "nbf": now - 1,
            "iat": now,
            "wlcg.ver": "1.0",
            "scope": "storage.read:/ storage.modify:/ openid",
            **claims,
        }
        signer = key or self.keys[0]
        head = header or {"alg": "RS256", "kid": signer.kid}
        return jwt.encode(head, {k: v for k, v in told.items() if k not in drop}, signer)


@contextmanager
def running() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.rotate()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

        def do_GET(self) -> None:
            issuer.asked += 1
            documents = {
                "/.well-known/openid-configuration": {
                    "issuer": issuer.url,
                    "jwks_uri": f"{issuer.url}/jwks",
                },
                "/jwks": KeySet(issuer.keys).as_dict(private=False),
            }
            body = json.dumps(documents.get(self.path, {})).encode()
            self.send_response(503 if issuer.away else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
