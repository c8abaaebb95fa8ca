"""What others may use of staging."""

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.entities import MAX_PIN_S, MAX_PRIORITY, Ask
from waystation.domains.staging.errors import BackendError, ConfirmNeededError
from waystation.domains.staging.estimates import known as known_file
from waystation.domains.staging.planner.choice import Policy
from waystation.domains.staging.planner.drive import PROFILES, DriveModel
from waystation.domains.staging.ports import TapeBackend
from waystation.domains.staging.queries import items, named, requests
from waystation.domains.staging.rules import Rules
from waystation.domains.staging.service import MAX_FILES, Staging, Submitted
from waystation.domains.staging.states import ITEM, LIST, RECALL, REQUEST
from waystation.domains.staging.store.moves import (
    LIBRARY_CHANNEL,
    REQUEST_CHANNEL,
)
from waystation.domains.staging.views import (
    BackendView,
    ErrorGroup,
    Estimate,
    EventView,
    FileView,
    ItemView,
    LibraryView,
    RequestView,
    Strip,
    TapeShare,
)

__all__ = [
    "ITEM",
    "LIBRARY_CHANNEL",
    "LIST",
    "MAX_FILES",
    "MAX_PIN_S",
    "MAX_PRIORITY",
    "PROFILES",
    "RECALL",
    "REQUEST",
    "REQUEST_CHANNEL",
    "Ask",
    "BackendError",
    "BackendView",
    "ConfirmNeededError",
    "DriveModel",
    "ErrorGroup",
    "Estimate",
    "EventView",
    "FileView",
    "ItemView",
    "LibraryView",
    "Policy",
    "Post",
    "RequestView",
    "Rules",
    "Staging",
    "Strip",
    "Submitted",
    "TapeBackend",
    "TapeShare",
    "items",
    "known_file",
    "named",
    "requests",
    "steps",
]
