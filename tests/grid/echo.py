"""An application behind the grid port that says who it sees; arguments as of `GridTls`."""

import json
import sys
from pathlib import Path

from waystation.interfaces import credentials
from waystation.interfaces.grid.listener import serve
from waystation.interfaces.grid.tls import GridTls


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
        return
    size = 0
    while (message := await receive()).get("type") == "http.request":
        size += len(message["body"])
        if not message["more_body"]:
            break
    seen = credentials.of(scope)
    told = {"subject": None, "size": size, "scheme": scope["scheme"]}
    if seen is not None:
        told |= {"subject": seen.subject, "limited": seen.limited, "ends": str(seen.not_after)}
        told["extension"] = scope["extensions"]["tls"]["client_cert_name"]
    body = json.dumps(told).encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    port, certificate, key, directory, crls = sys.argv[1:]
    files = GridTls(Path(certificate), Path(key), Path(directory), crls == "crls")
    serve(app, files, host="127.0.0.1", port=int(port))
