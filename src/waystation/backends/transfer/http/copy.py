"""Third-party copy: one server is told to fetch from, or to send to, another.

WLCG HTTP-TPC: `COPY` at the target with `Source` (pull), or at the source with `Destination`
(push); `Credential: none`, for there is no delegation; what the other server wants to see goes as
`TransferHeader…`. The answer is a stream of performance markers and a last line.
"""

from collections.abc import Callable

from waystation.backends.transfer.hands.task import MoveError
from waystation.backends.transfer.http.server import Servers, There, good

_MARK = "stripe bytes transferred:"
_CREATED = {200, 201, 204}


def copy(
    servers: Servers, source: There, target: There, *, pull: bool, hear: Callable[[int], None]
) -> None:
    """Have a file copied; `hear` is told the bytes so far, and may raise to end it.

    Raises:
        MoveError: it was not.
    """
    active, passive = (target, source) if pull else (source, target)
    headers = {
        "Source" if pull else "Destination": passive.url,
        "Credential": "none",
        "Overwrite": "T",
        "RequireChecksumVerification": "false",  # we compare; not all that move can tell
    }
    if passive.token:
        headers["TransferHeaderAuthorization"] = f"Bearer {passive.token}"
    who = "The target" if pull else "The source"
    with servers.call("COPY", active, headers) as answer:
        good(answer, who)
        # XRootD says 201 before it begins, and ends what nobody listens to.
        created = answer.status_code in _CREATED
        last = ""
        for line in answer.iter_lines():
            text = line.strip()
            if text.lower().startswith(_MARK):
                count = text.partition(":")[2].strip()
                hear(int(count) if count.isdigit() else 0)
            last = text or last
    if not (created and not last) and not last.lower().startswith("success"):
        said = last.partition(":")[2].strip() or last or "it said nothing"
        raise MoveError(f"{who} could not copy it: {said[:500]}")
