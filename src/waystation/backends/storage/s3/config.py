"""How an object store is reached."""

from dataclasses import dataclass, field

MIB = 2**20
SMALLEST_PART = 5 * MIB
"""Of a multipart upload but its last part, as S3 has it."""


@dataclass(frozen=True, slots=True)
class S3Config:
    """One bucket.

    Attributes:
        name: of the store in our settings, for people.
        endpoint: URL of the service.
        region: that requests are signed for.
        bucket: that is there already.
        key_id, secret: who we are.
        path_style: the bucket is in the path, not in the host's name.
        ca_file: who signed the service's certificate; None is the system's authorities.
        part_bytes: of the parts in which larger files are sent.
        at_once: calls under way at a time in one process.
        tries: of one call before it is given up.
        timeout_s: longest silence of the service.
    """

    name: str
    endpoint: str
    region: str
    bucket: str
    key_id: str
    secret: str = field(repr=False)
    path_style: bool = True
    ca_file: str | None = None
    part_bytes: int = 8 * MIB
    at_once: int = 16
    tries: int = 5
    timeout_s: float = 60.0
