"""JSON by msgspec, in and out: knows our dataclasses, takes nothing that is not Unicode."""

import msgspec
from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny


class MsgspecRenderer(BaseRenderer):
    """Renders whatever a view returns."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        """The document's bytes."""
        del request, response_status
        return msgspec.json.encode(data)


class MsgspecParser(Parser):
    """Reads bodies as strictly as the hot lane does: no half characters, no NaN."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """The body as a document.

        Raises:
            msgspec.DecodeError: it is none.
        """
        found: DictStrAny = msgspec.json.decode(request.body)
        return found
