"""Settings of partner sites."""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from waystation.settings.section import Section


class Way(Section):
    """How others reach the folder of a store; see docs/reference/endpoints.md for what each is."""

    kind: Literal["path", "http", "gridftp", "globus", "rsync", "rclone"]
    """Which engines it is for."""
    url: str = ""
    """Of http, gridftp and rsync: of the store's root, as others name it."""
    collection: str = ""
    """Of globus: its UUID."""
    base: str = ""
    """Of globus: the store's root, as the collection names it."""
    remote: str = ""
    """Of rclone: `remote:folder` of the store's root."""


class Sites(Section):
    """Files that are replicated to other sites, and from them."""

    name: str = ""
    """How partners call this site; empty is the name of the host."""
    hosts: tuple[str, ...] = ()
    """Hosts that see our folders at the same paths: their engines read and write there. None: no
    other site is told of a folder."""
    paths: tuple[Path, ...] = ()
    """Folders of partners on file systems that we share: engines here may write below them. None:
    no partner gets its files by a folder."""
    ways: dict[str, tuple[Way, ...]] = Field(default_factory=dict)
    """How others reach the folders of stores, by store; asked before our own WebDAV."""
    ca_file: Path | None = None
    """Certificate authorities of partners, in one file; None is the system's."""
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    """Longest wait for a partner's answer."""
    zone: str = "UTC"
    """Time zone of days and hours in rules: `Europe/Berlin`."""
    files: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    """Most files of one shipment."""
    bytes: Annotated[int, Field(ge=1)] = 10**12
    """Most bytes of one shipment; a single larger file goes alone."""
    open: Annotated[int, Field(ge=1, le=1_000)] = 8
    """Shipments of a rule to one partner that are on their way at a time."""
    again_s: Annotated[float, Field(gt=0)] = 300.0
    """A file that did not get through is sent again after so long; it doubles, up to a day."""
    verify_days: Annotated[float, Field(gt=0)] = 7.0
    """Each copy at a partner is asked for within so many days."""

    out_days: Annotated[float, Field(gt=0)] = 2.0
    """A task of an engine that takes longer is given up, and its files are sent again."""
    in_days: Annotated[float, Field(gt=0)] = 3.0
    """What a partner announced is waited for so long; then the partner is asked. Longer than the
    partner's `out_days`, so that a sender always gives up first."""
    silent_s: Annotated[float, Field(gt=0)] = 1_800.0
    """Administrators are told of a partner that has not answered for so long."""
    slow_days: Annotated[float, Field(gt=0)] = 3.0
    """And of a shipment that is under way for so long."""

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ValueError(
                f"{zone!r} is no time zone; write Europe/Berlin, for instance"
            ) from problem
        return zone
