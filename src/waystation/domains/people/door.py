"""What others may use of people."""

from waystation.domains.people.entities import AccountView, GroupView, Invited, PolicyView
from waystation.domains.people.service.people import People
from waystation.domains.people.service.policies import Policies, objection

__all__ = [
    "AccountView",
    "GroupView",
    "Invited",
    "People",
    "Policies",
    "PolicyView",
    "objection",
]
