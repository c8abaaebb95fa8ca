"""Bodies of the ordinary API; for the hot lane's, what the OpenAPI document shows."""

from datetime import datetime

from ninja import Field, Schema
from pydantic import ConfigDict


class Strict(Schema):
    """Unknown fields are mistakes, not ignored."""

    model_config = ConfigDict(extra="forbid")


class StageForm(Strict):
    """A stage request: `paths` or a `dataset`."""

    paths: list[str] | None = Field(None, max_length=1_000_000)
    dataset: str | None = None
    store: str | None = Field(None, description="May be left out when there is one store.")
    priority: int = Field(4, ge=0, le=9, description="Higher comes first.")
    deadline: datetime | None = None
    expires: datetime | None = Field(None, description="What has not come by then is given up.")
    pin_lifetime_s: int = Field(604_800, ge=1, le=34_560_000)
    callback: str | None = None
    external_id: str | None = Field(None, min_length=1, max_length=200)
    label: str = Field("", max_length=200)
    confirm: bool = Field(default=False, description="Set for large requests that are meant.")


class PathsForm(Strict):
    """Some of a request's files; null is all."""

    paths: list[str] | None = None


class BringForm(Strict):
    """Files and folders of a space."""

    paths: list[str] = Field(..., min_length=1, max_length=100_000)
    pin_lifetime_s: int = Field(604_800, ge=1, le=34_560_000)
    confirm: bool = Field(default=False, description="Set for large requests that are meant.")


class ExtendForm(Strict):
    """How long from now the online files are held."""

    lifetime_s: int = Field(..., ge=1, le=34_560_000)


class FilesForm(Strict):
    """Files of a store."""

    store: str = ""
    paths: list[str] = Field(..., max_length=100_000)


class DatasetForm(Strict):
    """A dataset whole."""

    paths: list[str] = Field(..., max_length=1_000_000)
