"""WebDAV's XML: what a PROPFIND asks for, and the answer, an entry at a time. Pure."""

import mimetypes
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from urllib.parse import quote
from xml.sax.saxutils import escape

from waystation.domains.catalogue.door import Entry
from waystation.interfaces.dav.digests import Sums
from waystation.interfaces.dav.ranges import http_date
from waystation.kernel.errors import MalformedError

DAV, OC = "DAV:", "http://owncloud.org/ns"
LOCALITY = ("http://srm.lbl.gov/StorageResourceManager", "FileLocality")
_LARGEST = 65_536

HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<d:multistatus xmlns:d="DAV:" xmlns:oc="%s">' % (
    OC.encode()
)
TAIL = b"</d:multistatus>\n"


def _checksums(entry: Entry) -> str:
    text = Sums(entry.adler32, entry.sha256).owncloud()
    return f"<oc:checksum>{text}</oc:checksum>" if text else ""


def media_type(name: str) -> str:
    """What a file is by its name; nothing that a browser would run."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    active = ("html", "svg", "xml", "javascript", "ecmascript")
    return "application/octet-stream" if any(word in found for word in active) else found


# Name, and its value for an entry; None when the entry has no such property.
PROPERTIES: Mapping[tuple[str, str], Callable[[Entry], str | None]] = {
    (DAV, "resourcetype"): lambda e: "<d:collection/>" if e.folder else "",
    (DAV, "displayname"): lambda e: escape(e.name),
    (DAV, "getcontentlength"): lambda e: None if e.folder else str(e.size),
    (DAV, "getcontenttype"): lambda e: None if e.folder else media_type(e.name),
    (DAV, "getlastmodified"): lambda e: http_date(e.mtime),
    (DAV, "creationdate"): lambda e: e.changed.strftime("%Y-%m-%dT%H:%M:%SZ"),
    (DAV, "getetag"): lambda e: None if e.folder else escape(e.etag),
    (DAV, "supportedlock"): lambda _: "",
    (OC, "checksums"): lambda e: None if e.folder else _checksums(e) or None,
}


def asked(body: bytes) -> list[tuple[str, str]] | None:
    """The properties that a PROPFIND names; None is all of them.

    Raises:
        MalformedError: the body is no propfind.
    """
    if not body.strip():
        return None
    root = _parsed(body)
    if root.tag != f"{{{DAV}}}propfind":
        raise MalformedError("The body is no propfind.")
    named = root.find(f"{{{DAV}}}prop")
    return None if named is None else [_split(each.tag) for each in named]


def changes(body: bytes) -> dict[str, str | None]:
    """What a PROPPATCH sets, by `{namespace}name`; None is removed. The last word counts.

    Raises:
        MalformedError: the body is no propertyupdate.
    """
    root = _parsed(body)
    if root.tag != f"{{{DAV}}}propertyupdate":
        raise MalformedError("The body is no propertyupdate.")
    found: dict[str, str | None] = {}
    for act in root:
        for each in act.findall(f"{{{DAV}}}prop/*"):
            removed = act.tag == f"{{{DAV}}}remove"
            found[joined(_split(each.tag))] = None if removed else _inner(each)
    return found


def patched(url: str, told: Mapping[str, str]) -> bytes:
    """The answer to a PROPPATCH: a status for each property."""
    stats = [_propstat(status, [_element(_split(name), "")]) for name, status in told.items()]
    href = quote(url, safe="/~!$()*+,;=:@")
    body = f"<d:response><d:href>{href}</d:href>{''.join(stats)}</d:response>"
    return HEAD + body.encode() + TAIL


def response(
    url: str, entry: Entry, names: list[tuple[str, str]] | None, kept: Mapping[str, str]
) -> bytes:
    """One entry's part of the answer; `kept` is what clients keep beside it."""
    good: list[str] = []
    missing: list[str] = []
    for name in names if names is not None else [*PROPERTIES, *map(_split, kept)]:
        known = PROPERTIES.get(name)
        value = known(entry) if known else kept.get(joined(name))
        if value is not None:
            good.append(_element(name, value))
        elif names is not None:
            missing.append(_element(name, ""))
    stats = [_propstat("200 OK", good), _propstat("404 Not Found", missing)]
    body = "".join(stats) or _propstat("200 OK", [""])
    href = quote(url, safe="/~!$()*+,;=:@")
    return f"<d:response><d:href>{href}</d:href>{body}</d:response>".encode()


def _parsed(body: bytes) -> ET.Element:
    if len(body) > _LARGEST or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise MalformedError("The body is too large, or has a document type of its own.")
    try:
        return ET.fromstring(body)  # noqa: S314 - no document type is let in
    except ET.ParseError as problem:
        raise MalformedError(f"The body is no XML: {problem}.") from problem


def _inner(element: ET.Element) -> str:
    """What is inside an element, as XML that stands by itself."""
    children = "".join(ET.tostring(each, encoding="unicode") for each in element)
    return escape(element.text or "") + children


def _propstat(status: str, elements: list[str]) -> str:
    if not elements:
        return ""
    return (
        f"<d:propstat><d:prop>{''.join(elements)}</d:prop>"
        f"<d:status>HTTP/1.1 {status}</d:status></d:propstat>"
    )


def _element(name: tuple[str, str], value: str) -> str:
    space, local = name
    prefix = {DAV: "d:", OC: "oc:"}.get(space)
    if not space:
        return f'<{local} xmlns="">{value}</{local}>'
    if prefix is None:
        quoted = escape(space, {'"': "&quot;"})
        return f'<x:{local} xmlns:x="{quoted}">{value}</x:{local}>'
    return f"<{prefix}{local}>{value}</{prefix}{local}>" if value else f"<{prefix}{local}/>"


def _split(tag: str) -> tuple[str, str]:
    space, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return space, local


def joined(name: tuple[str, str]) -> str:
    """As one text; a name without a namespace stands alone, as ElementTree has it."""
    space, local = name
    return f"{{{space}}}{local}" if space else local
