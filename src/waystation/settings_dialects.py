"""The dialects' part of the settings, and what a section of the settings is."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A part of the settings; unknown names are mistakes, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class WlcgPrefix(Section):
    """Where paths of a URL prefix are: `[dialects.wlcg_tape.prefixes."/grid/archive"]`."""

    store: str
    """Name of a store below `[stores]`."""
    root: Path
    """Directory of that store in which the rest of the path is looked for."""


class WlcgTape(Section):
    """The WLCG Tape REST API v1 for gfal2, FTS and their like, below `/api/tape/v1`."""

    enabled: bool = True
    """Whether it is answered at all; callers need a token or a certificate either way."""
    sitename: str = "waystation"
    """Name of the site in the discovery document, and key of its own `targetedMetadata`."""
    prefixes: dict[str, WlcgPrefix] = Field(default_factory=dict)
    """URL prefixes and their stores. Empty: `/<store>/…`, and with one store its own paths too."""
    max_files: Annotated[int, Field(ge=1_000, le=1_000_000)] = 10_000
    """Most files in one call; a larger stage request is refused with 413."""
    disk_lifetime_s: Seconds = 604_800.0
    """How long files are held on disk when the client names no `diskLifetime`; most do not."""


class Dialects(Section):
    """Other systems' APIs, each on its own terms."""

    wlcg_tape: WlcgTape = WlcgTape()
    """WLCG Tape REST API v1."""
