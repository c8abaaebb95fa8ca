"""The JSON body of a stage request, written in pieces: a million paths never sit in memory."""

from collections.abc import Iterator, Mapping

import msgspec

from waystation_client.path_lists import PathSource


def options(**named: object) -> dict[str, object]:
    """Return the members of the body that were given; the server has its own defaults."""
    return {name: value for name, value in named.items() if value is not None}


def encoded(members: Mapping[str, object], paths: PathSource | None) -> Iterator[bytes]:
    """Yield the body: the small members first, then `paths` block by block.

    The small members come first so that a reader that streams knows the store and the
    external id before the first path.
    """
    head = msgspec.json.encode(dict(members))
    if paths is None:
        yield head
        return
    yield head[:-1] + (b',"paths":[' if members else b'"paths":[')
    comma = b""
    for block in paths.blocks():
        yield comma + msgspec.json.encode(block)[1:-1]
        comma = b","
    yield b"]}"
