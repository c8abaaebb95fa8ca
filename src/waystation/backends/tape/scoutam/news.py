"""ScoutAM's Kafka messages in our words.

One message a file: `{"Inode": 1, "Filename": "/a/b", "RequestTime": "2022-02-04 03:01:38 +0000
GMT", "CompleteTime": "...", "Error": ""}` (MWA's mwa_staging). They name no key. They also come
for files that were on disk already, and for those that others asked for.
"""

import msgspec

from waystation.backends.tape.scoutam.records import objection
from waystation.domains.staging.entities import Outcome
from waystation.domains.staging.ports import News

SHOWN = 300
"""Characters of ScoutAM's error text that are passed on."""


class Message(msgspec.Struct):
    """The parts of a message that say something; the times are the sender's and not needed."""

    filename: str = msgspec.field(name="Filename")
    error: str | None = msgspec.field(name="Error", default=None)


_decoder = msgspec.json.Decoder(Message)


def read(raw: bytes) -> News:
    """The news of one message.

    Raises:
        ValueError: it is none of ScoutAM's; the words say why.
    """
    if not raw:
        msg = "an empty message"
        raise ValueError(msg)
    try:
        told = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        msg = f"not a message of ScoutAM: {wrong}"
        raise ValueError(msg) from wrong
    words = objection(told.filename)
    if words:
        msg = f"Filename: {words}"
        raise ValueError(msg)
    if not told.error:
        return News(told.filename, Outcome.ONLINE)
    said = told.error.replace("\0", "")[:SHOWN]
    return News(told.filename, Outcome.FAILED, f"ScoutAM: {said}")
