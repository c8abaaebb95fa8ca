"""The documents of the WLCG Tape REST API v1, member by member as its reference names them.

Members that are not known are passed over in both directions of the specification: servers must
not refuse what another site's clients add. What has no value is left out: gfal2 takes a `null`
error for an error.
"""

from typing import Any

import msgspec


class FileAsked(msgspec.Struct):
    """A file of a stage request."""

    path: str
    diskLifetime: str | None = None  # noqa: N815 - their word
    targetedMetadata: Any = None  # noqa: N815 - their word; anything is let pass


class StageAsked(msgspec.Struct):
    """POST stage."""

    files: list[FileAsked]


class PathNamed(msgspec.Struct):
    """A file of the other form that EOS takes for `paths`."""

    path: str


class PathsAsked(msgspec.Struct):
    """POST cancel, release and archiveinfo: `paths`, or as EOS takes it too, `files`."""

    paths: list[str] | None = None
    files: list[PathNamed] | None = None


class Staged(msgspec.Struct):
    """The answer to a stage request."""

    requestId: str  # noqa: N815 - their word


class FileStatus(msgspec.Struct, omit_defaults=True):
    """A file of a polled request; `state` always, `onDisk` never: both at once are forbidden."""

    path: str
    state: str
    finishedAt: int | None = None  # noqa: N815 - their word
    error: str | None = None


class StageStatus(msgspec.Struct, omit_defaults=True):
    """The answer to a poll; moments are seconds since 1970."""

    id: str
    createdAt: int  # noqa: N815 - their word
    startedAt: int  # noqa: N815 - their word
    files: list[FileStatus]
    completedAt: int | None = None  # noqa: N815 - their word


class ArchiveInfo(msgspec.Struct, omit_defaults=True):
    """Where a file is: a locality or an error."""

    path: str
    locality: str | None = None
    error: str | None = None


class Endpoint(msgspec.Struct):
    """Where a version of the API is."""

    uri: str
    version: str
    metadata: dict[str, str]


class Discovery(msgspec.Struct):
    """GET /.well-known/wlcg-tape-rest-api."""

    sitename: str
    description: str
    endpoints: list[Endpoint]
