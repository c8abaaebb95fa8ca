"""What others may use of sharing."""

from waystation.domains.sharing.entities import Listed, Share, Wish
from waystation.domains.sharing.service import PAGE, Sharing, Visit

__all__ = ["PAGE", "Listed", "Share", "Sharing", "Visit", "Wish"]
