"""Is it alive? No account needed, nothing told but that."""

from django.http import HttpRequest
from ninja import Router

from waystation.interfaces.services import services
from waystation.kernel.database import Statement

router = Router(tags=["health"])


@router.get("/health", summary="Is the service alive")
def health(request: HttpRequest) -> dict[str, str]:
    """Answers after asking the database."""
    del request
    services().database.rows(Statement("SELECT 1 AS one", {}))
    return {"status": "ok", "version": services().version}
