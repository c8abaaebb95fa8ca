"""Which files a browser may be given as a picture: by their first bytes alone. Pure."""

import re

MOST_BYTES = 32 * 2**20
"""A larger one is not shown: it would fill the reader's memory."""
LOOK = 4_096

_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)
_SVG = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?svg[\s>]")


def kind(name: str, head: bytes) -> str | None:
    """The media type of a picture; None when it is none that is shown.

    Args:
        name: of the file; only an SVG is asked for it, since it has no first bytes of its own.
        head: its first bytes, `LOOK` or more where there are so many.
    """
    for form, media in _MAGIC:
        if form.match(head):
            return media
    if name.lower().endswith(".svg") and _SVG.search(head[:LOOK]):
        return "image/svg+xml"
    return None
