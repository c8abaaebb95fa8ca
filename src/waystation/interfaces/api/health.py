"""Is it alive? No account needed, nothing told but that."""

from django.http import HttpRequest
from ninja import Router

from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire import HealthWire
from waystation.kernel.database import Statement

router = Router(tags=["health"])


@router.get("/health", summary="Is the service alive", openapi_extra=answers(HealthWire))
def health(request: HttpRequest) -> object:
    """Answers after asking the database."""
    del request
    services().database.rows(Statement("SELECT 1 AS one", {}))
    return HealthWire("ok", services().version)
