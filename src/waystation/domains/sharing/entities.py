"""Words of sharing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """A link as its maker wants it.

    Attributes:
        path: in the space: a file or folder.
        label: what it is for, at most 200 characters; the visitor reads it.
        expires: when it ends; None is never.
        password: that a visitor must know; empty is none.
        drop_box: visitors only put files in, and never see what is there.
        most_downloads: whole files that are given out by it; None is any number.
    """

    path: str
    label: str = ""
    expires: datetime | None = None
    password: str = ""
    drop_box: bool = False
    most_downloads: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A link.

    Attributes:
        id: in our tables.
        nonce: that its secret is made of.
        digest: of the secret.
        space: name of the space.
        entry_id: catalogue entry that it leads to, wherever that is moved.
        maker_id: account that made it.
        label: what it is for.
        password: hashed; empty is none.
        drop_box: files are only put in.
        most_downloads: whole files that it gives out; None is any number.
        uses: files given out or put in so far.
        created, expires, last_used: moments.
    """

    id: int
    nonce: bytes
    digest: bytes
    space: str
    entry_id: int
    maker_id: int
    label: str
    password: str
    drop_box: bool
    most_downloads: int | None
    uses: int
    created: datetime
    expires: datetime | None
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A link as those who manage the space see it.

    Attributes:
        share: the link.
        secret: of it, to be shown again; empty when it was made with a key that is gone.
        path: that it leads to now; None when that is deleted.
        maker: name of the account that made it.
        ended: its time is over, or all its downloads are used.
    """

    share: Share
    secret: str
    path: str | None
    maker: str
    ended: bool
