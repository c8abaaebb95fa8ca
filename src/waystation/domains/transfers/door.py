"""What others may use of transfers."""

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.steps import steps
from waystation.domains.transfers.entities import (
    Ability,
    Arrival,
    Endpoint,
    Kind,
    Load,
    Offer,
    Parcel,
    PartnerInfo,
    Piece,
    Progress,
    RuleInfo,
    Sending,
    Standing,
    TaskState,
    Welcome,
    Wreck,
)
from waystation.domains.transfers.errors import (
    PartnerError,
    PartnerRefusedError,
    PartnerUnavailableError,
)
from waystation.domains.transfers.ports import Engine, Giver, Harbour, Site
from waystation.domains.transfers.rules import Policy
from waystation.domains.transfers.service import announcing
from waystation.domains.transfers.service.transfers import Transfers
from waystation.domains.transfers.views import (
    AlarmView,
    CopyView,
    EstimateView,
    PartnerView,
    PartView,
    RepairView,
    ShipmentView,
    ShippedView,
)

__all__ = [
    "Ability",
    "AlarmView",
    "Arrival",
    "CopyView",
    "Desk",
    "Endpoint",
    "Engine",
    "EstimateView",
    "Giver",
    "Harbour",
    "Kind",
    "Load",
    "Offer",
    "Parcel",
    "PartView",
    "PartnerError",
    "PartnerInfo",
    "PartnerRefusedError",
    "PartnerUnavailableError",
    "PartnerView",
    "Piece",
    "Policy",
    "Progress",
    "RepairView",
    "RuleInfo",
    "Sending",
    "ShipmentView",
    "ShippedView",
    "Site",
    "Standing",
    "TaskState",
    "Transfers",
    "Welcome",
    "Wreck",
    "announcing",
    "steps",
]
