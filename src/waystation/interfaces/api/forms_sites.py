"""Bodies of replication."""

from datetime import datetime
from typing import Annotated

from ninja import Field

from waystation.interfaces.api.forms import Strict

Key = Annotated[str, Field(pattern="^[0-9a-zA-Z-]{8,64}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Path = Annotated[str, Field(min_length=1, max_length=4_096)]
Hex = Annotated[str, Field(pattern="^([0-9a-f]{64})?$")]
Words = Annotated[str, Field(max_length=2_000)]
_MOST = 10_000


class IntroductionForm(Strict):
    """Where a partner is, and a token that is good there."""

    name: Name
    url: str = Field(..., pattern="^https?://[^/]+(/.*)?$", max_length=500)
    token: str = Field(..., min_length=10, max_length=500)


class ParcelForm(Strict):
    """A file of a shipment."""

    n: int = Field(..., ge=1, le=2**31 - 1)
    path: Path
    size: int = Field(..., ge=0, le=2**62)
    sha256: Hex = ""
    adler32: str = Field("", pattern="^([0-9a-f]{8})?$")
    mtime: datetime | None = None


class OfferForm(Strict):
    """A shipment that somebody would like to bring."""

    key: Key
    space: Name
    parcels: list[ParcelForm] = Field(..., min_length=1, max_length=_MOST)


class SettleForm(Strict):
    """Shipments whose files have come, each with those that did not."""

    arrived: dict[Key, dict[int, Words]] = Field(..., max_length=1_000)


class StandingForm(Strict):
    """How a shipment stands at its receiver."""

    open: bool
    landed: list[int] = Field(..., max_length=_MOST)
    failed: dict[int, Words] = Field(..., max_length=_MOST)


class ReportForm(Strict):
    """How shipments ended."""

    shipments: dict[Key, StandingForm] = Field(..., max_length=1_000)


class KeysForm(Strict):
    """Shipments by their keys."""

    keys: list[Key] = Field(..., max_length=1_000)


class HoldsForm(Strict):
    """Files of a space: path and sha256."""

    space: Name
    files: list[tuple[Path, Hex]] = Field(..., max_length=_MOST)


class SpaceForm(Strict):
    """A space by its name."""

    space: Name


class AskedForm(Strict):
    """On or off."""

    on: bool


class RuleForm(Strict):
    """A standing order: what of a space goes where."""

    name: str = Field(..., pattern="^[a-z0-9][a-z0-9._-]{0,62}$")
    space: Name
    target_space: Name
    partners: list[Name] = Field(..., min_length=1, max_length=50)
    prefix: str = Field("", max_length=4_096, description="Only what is below this folder.")
    pattern: str = Field("", max_length=255, description="Only names that fit: `*.fits`.")
    target_prefix: str = Field("", max_length=4_096)
    copies: int = Field(1, ge=1, le=50)
    priority: int = Field(5, ge=0, le=9, description="Higher goes first.")
    min_age_s: int = Field(0, ge=0, le=3_153_600_000)
    daily_bytes: int | None = Field(None, ge=1, le=2**62)
    windows: list[str] = Field(
        default_factory=list, max_length=20, description='"20:00-06:00", in the site\'s zone.'
    )
    enabled: bool = True
    delete_after_s: int | None = Field(
        None,
        ge=3_600,
        le=3_153_600_000,
        description="Files go from here after so long, once `copies` partners have each.",
    )
