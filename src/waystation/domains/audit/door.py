"""What others may use of audit."""

from waystation.domains.audit.controller import Desk, steps
from waystation.domains.audit.entities import Entry, Head, Verdict, Wanted
from waystation.domains.audit.service import Audit

__all__ = ["Audit", "Desk", "Entry", "Head", "Verdict", "Wanted", "steps"]
