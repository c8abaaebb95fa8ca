"""What others may use of quotas."""

from waystation.domains.quotas.entities import Amount, Limits, Usage, subjects
from waystation.domains.quotas.errors import OverQuotaError
from waystation.domains.quotas.service import Quotas, reserve, room
from waystation.domains.quotas.store import count, settle

__all__ = [
    "Amount",
    "Limits",
    "OverQuotaError",
    "Quotas",
    "Usage",
    "count",
    "reserve",
    "room",
    "settle",
    "subjects",
]
