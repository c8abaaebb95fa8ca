"""Our API's documents about what lets its bearer into some places: tokens, links, addresses."""

from datetime import datetime

import msgspec

from waystation.domains.accounts.door import Place, TokenInfo
from waystation.domains.sharing.door import Listed


class PlaceWire(msgspec.Struct):
    """A path of a space, all that is below it, and what may be done there."""

    space: str
    path: str
    verbs: list[str]

    @classmethod
    def of(cls, place: Place) -> "PlaceWire":
        """From what accounts know."""
        return cls(place.space, "/".join(place.path), sorted(place.verbs))


class JobTokenWire(msgspec.Struct):
    """A token for one job; its secret is told when it is made, and never again."""

    id: int
    name: str
    places: list[PlaceWire]
    created: datetime
    expires: datetime | None
    last_used: datetime | None

    @classmethod
    def of(cls, info: TokenInfo) -> "JobTokenWire":
        """From what accounts know."""
        places = [PlaceWire.of(place) for place in info.places]
        return cls(info.id, info.name, places, info.created, info.expires, info.last_used)


class JobTokensWire(msgspec.Struct):
    """One's own tokens for jobs, newest first."""

    tokens: list[JobTokenWire]


class MadeJobTokenWire(msgspec.Struct):
    """A new token for a job: the only answer with its secret."""

    token: str
    name: str
    places: list[PlaceWire]
    expires: datetime


class ShareWire(msgspec.Struct):
    """A link to a file or folder.

    `url` is empty when the key that it was made with is gone; `path` is null when what it led to
    is deleted.
    """

    id: int
    url: str
    space: str
    path: str | None
    label: str
    made_by: str
    created: datetime
    expires: datetime | None
    ended: bool
    password: bool
    drop_box: bool
    downloads: int | None
    uses: int
    last_used: datetime | None

    @classmethod
    def of(cls, listed: Listed, server: str) -> "ShareWire":
        """From what sharing knows; `server` is our own address."""
        share = listed.share
        return cls(
            id=share.id,
            url=f"{server}/s/{listed.secret}" if listed.secret else "",
            space=share.space,
            path=listed.path,
            label=share.label,
            made_by=listed.maker,
            created=share.created,
            expires=share.expires,
            ended=listed.ended,
            password=bool(share.password),
            drop_box=share.drop_box,
            downloads=share.most_downloads,
            uses=share.uses,
            last_used=share.last_used,
        )


class SharesWire(msgspec.Struct):
    """Links of a space, newest first; `next_before` is null on the last page."""

    shares: list[ShareWire]
    next_before: int | None


class SignedWire(msgspec.Struct):
    """A signed address."""

    url: str
    expires: datetime


ACCESS = (
    JobTokenWire,
    JobTokensWire,
    MadeJobTokenWire,
    PlaceWire,
    ShareWire,
    SharesWire,
    SignedWire,
)
