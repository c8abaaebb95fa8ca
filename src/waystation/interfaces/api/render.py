"""JSON by msgspec: knows our dataclasses, writes moments as ISO 8601."""

import msgspec
from django.http import HttpRequest
from ninja.renderers import BaseRenderer


class MsgspecRenderer(BaseRenderer):
    """Renders whatever a view returns."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        """The document's bytes."""
        del request, response_status
        return msgspec.json.encode(data)
