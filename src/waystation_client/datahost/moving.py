"""Files up and down, a block at a time, with their digests proved at the end."""

import base64
import hashlib
import http.client
import os
import re
import secrets
import ssl
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from waystation_client.datahost.connection import Connection, document, unreachable
from waystation_client.datahost.progress import Progress
from waystation_client.errors import MalformedError, NotConfiguredError, WaystationError

BLOCK = 2**20
_SHA256 = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


class DigestMismatchError(WaystationError):
    """What arrived is not what was sent."""

    code = "digest-mismatch"


def put(connection: Connection, file: Path, user: str) -> dict[str, object]:
    """Send a file to `transmit/`; what the server says of it.

    Raises:
        NotConfiguredError: the file cannot be read.
        DigestMismatchError: the server stored other bytes.
        WaystationError: refused, or no answer.
    """
    try:
        source = file.open("rb")
    except OSError as error:
        raise NotConfiguredError(f"Cannot read {file}: {error.strerror}.") from error
    with source:
        found = os.fstat(source.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NotConfiguredError(f"{file} is no ordinary file.")
        size = found.st_size
        head, tail, media = _form(file.name, user)
        length = str(len(head) + size + len(tail))
        try:
            path = connection.address.path("transmit")
            connection.begin("POST", path, {"Content-Type": media, "Content-Length": length})
            digest = _send(connection, source, size, head, tail)
            answer = connection.answer()
            told, proof = answer.read(BLOCK), answer.headers.get("Repr-Digest", "")
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(connection.address, error) from error
    _prove(proof, digest, "The server stored other bytes than were sent.")
    return document(told)


def get(connection: Connection, filename: str, user: str, target: Path) -> dict[str, object]:
    """Fetch a file from `receive/`: beside its place first, there only when it is whole.

    Raises:
        NotConfiguredError: it cannot be written.
        DigestMismatchError: other bytes came than are stored.
        WaystationError: refused, or no answer.
    """
    part = target.with_name(f".datahost-{secrets.token_hex(8)}.part")
    path = connection.address.path("receive", filename=filename, username=user)
    try:
        connection.begin("GET", path, {"Want-Repr-Digest": "sha-256=10"})
        answer = connection.answer()
        with _made(part) as out:
            size, digest = _fetch(answer, out, target.name)
            _write(out)
        _prove(answer.headers.get("Repr-Digest", ""), digest, "Other bytes came than are stored.")
        _place(part, target)
    except (OSError, http.client.HTTPException) as error:
        raise unreachable(connection.address, error) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return {"filename": filename, "bytes": size, "sha256": digest.hex(), "path": str(target)}


def _form(name: str, user: str) -> tuple[bytes, bytes, str]:
    """What stands before and behind the file, and the media type.

    The name is there twice: RFC 2231's form says it exactly, the quoted one is for hosts that
    know no other.
    """
    mark = secrets.token_hex(20)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="username"\r\n\r\n{user}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="file2xmit"; filename="{quoted}"; '
        f"filename*=UTF-8''{quote(os.fsencode(name), safe='')}\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    tail = f"\r\n--{mark}--\r\n"
    return head.encode(errors="replace"), tail.encode(), f"multipart/form-data; boundary={mark}"


def _send(connection: Connection, source: BinaryIO, size: int, head: bytes, tail: bytes) -> bytes:
    """Send the whole form; the file's digest. A server that refuses early is listened to."""
    http_, digest, done = connection.open(), hashlib.sha256(), 0
    progress = Progress(Path(source.name).name, size)
    # Who refuses in the middle closes the line: its answer is there to be read.
    with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
        http_.send(head)
        while data := source.read(min(BLOCK, size - done)):
            digest.update(data)
            http_.send(data)
            done += len(data)
            progress.at(done)
        if done < size:
            raise MalformedError("The file became shorter while it was sent.")
        http_.send(tail)
    progress.end()
    return digest.digest()


def _fetch(answer: http.client.HTTPResponse, out: BinaryIO, name: str) -> tuple[int, bytes]:
    """Write the body down; its length and digest."""
    announced = int(answer.headers.get("Content-Length", "-1"))
    digest, done, progress = hashlib.sha256(), 0, Progress(name, announced)
    while data := answer.read(BLOCK):
        digest.update(data)
        _write(out, data)
        done += len(data)
        progress.at(done)
    progress.end()
    if announced >= 0 and done != announced:
        raise http.client.IncompleteRead(b"", announced - done)
    return done, digest.digest()


def _write(out: BinaryIO, data: bytes | None = None) -> None:
    """Write some bytes; without any, all that was written is with the system."""
    try:
        if data is None:
            out.flush()
        else:
            out.write(data)
    except OSError as error:
        raise NotConfiguredError(f"Cannot write {out.name}: {error.strerror}.") from error


def _place(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError as error:
        raise NotConfiguredError(f"Cannot write {target}: {error.strerror}.") from error


def _made(part: Path) -> BinaryIO:
    try:
        return part.open("xb")
    except OSError as error:
        raise NotConfiguredError(f"Cannot write in {part.parent}: {error.strerror}.") from error


def _prove(header: str, digest: bytes, words: str) -> None:
    """A server that tells a digest (RFC 9530) must tell ours."""
    told = _SHA256.search(header)
    if told is not None and base64.b64decode(told[1]) != digest:
        raise DigestMismatchError(
            words, next_step="Try again; if it stays so, tell the operators."
        )
