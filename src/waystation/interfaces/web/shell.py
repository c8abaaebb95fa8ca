"""The same in a shell: commands a page offers to copy."""

Command = tuple[str, str, str]
"""An id for the page, what it does, the text to copy."""


def for_request(request_id: int, *, address: str) -> list[Command]:
    """Commands for one request; the token is left to the reader's environment."""
    curl = (
        'curl -H "Authorization: Bearer $WAYSTATION_TOKEN" '
        f"{address}/api/v1/stage-requests/{request_id}"
    )
    return [
        ("shell-follow", "Follow it until it ends", f"way status {request_id} --follow"),
        ("shell-failed", "List the failed files, and why", f"way status {request_id} --failed"),
        ("shell-retry", "Try the failed files again", f"way retry {request_id}"),
        ("shell-curl", "As JSON, for programs", curl),
    ]
