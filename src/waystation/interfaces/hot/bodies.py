"""Request bodies of the hot lane: read with a limit, parsed into types, errors in words."""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from waystation.domains.staging.door import Ask
from waystation.interfaces.hot.reply import Receive
from waystation.kernel.errors import MalformedError, TooLargeError

T = TypeVar("T", bound=msgspec.Struct)


class StageBody(msgspec.Struct, forbid_unknown_fields=True):
    """A stage request as it comes; see the API reference for each field."""

    paths: list[str] | None = None
    dataset: str | None = None
    store: str | None = None
    priority: int = 4
    deadline: datetime | None = None
    expires: datetime | None = None
    pin_lifetime_s: int = 604_800
    callback: str | None = None
    external_id: str | None = None
    label: str = ""
    confirm: bool = False

    def ask(self, paths: list[str], store: str) -> Ask:
        """As the subject wants it."""
        return Ask(
            paths=paths,
            store=store,
            priority=self.priority,
            pin_lifetime_s=self.pin_lifetime_s,
            deadline=_utc(self.deadline),
            expires=_utc(self.expires),
            callback=self.callback,
            external_id=self.external_id,
            label=self.label,
            confirm=self.confirm,
        )


async def read(receive: Receive, limit: int, *, announced: int = 0) -> bytes:
    """The whole body, small as most are; see `gather`."""
    return bytes(await gather(receive, limit, announced=announced))


async def gather(receive: Receive, limit: int, *, announced: int = 0) -> bytearray:
    """The whole body, in one piece of memory that whoever has parsed it can `clear`.

    Args:
        receive: of the request.
        limit: most bytes.
        announced: bytes it is said to have; 0 is not told.

    Raises:
        TooLargeError: it is larger than the limit; what is left of it is not read.
    """
    if announced > limit:
        raise _too_large(limit)
    whole = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedError("The body ended early.")
        part = message.get("body", b"")
        assert isinstance(part, bytes)
        whole += part
        if len(whole) > limit:
            raise _too_large(limit)
        if not message.get("more_body"):
            return whole


def parse(body: bytes | bytearray, form: type[T]) -> T:
    """The body as a document of that form.

    Raises:
        MalformedError: it is not; the words say where.
    """
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise MalformedError(
            f"The body is not what is expected: {problem}.",
            advice="See /api/v1/docs for the form.",
        ) from problem


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"The body is larger than {limit:,} bytes.", advice="Split it.")


def _utc(moment: datetime | None) -> datetime | None:
    """A moment without a zone is UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)
