"""Tables of notify."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from waystation.domains.notify.states import DeliveryState


class Outbox(models.Model):
    """Facts that nobody was told of yet; rows live for moments."""

    at = models.DateTimeField()
    topic = models.CharField(max_length=100)
    facts = models.JSONField()

    class Meta:
        """The name that `kernel.outbox` writes to."""

        db_table = "outbox"


class Subscription(models.Model):
    """Somebody wants to hear of everything of a topic, not only of one request."""

    # NULL: of every owner's (an administrator's subscription).
    owner_id = models.IntegerField(null=True)
    topic = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    target = models.TextField()
    created = models.DateTimeField()

    class Meta:
        """One a target."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner_id", "topic", "kind", "target"],
                name="subscription_once",
                nulls_distinct=False,
            )
        ]


class Receiver(models.Model):
    """A party that messages go to: what is down together waits together."""

    key = models.CharField(primary_key=True, max_length=300)
    # When it is turned to next; NULL when nothing waits for it.
    due = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0, db_default=0)

    class Meta:
        """Due ones are found at once."""

        indexes: ClassVar = [
            models.Index(fields=["due"], name="receiver_due", condition=Q(due__isnull=False))
        ]


class Delivery(models.Model):
    """One message to one receiver."""

    receiver = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    target = models.TextField()
    owner_id = models.IntegerField()
    topic = models.CharField(max_length=100)
    # What it is about, e.g. `stage-request 17`.
    about = models.CharField(max_length=100)
    body = models.TextField()
    media = models.CharField(max_length=100)
    subject = models.CharField(max_length=300)
    credential = models.CharField(max_length=100)
    state = models.SmallIntegerField(default=DeliveryState.PENDING)
    tries = models.IntegerField(default=0, db_default=0)
    due = models.DateTimeField()
    created = models.DateTimeField()
    expires = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    error = models.TextField(null=True)

    class Meta:
        """What waits for a receiver, in order; what an owner was told; what is dead."""

        indexes: ClassVar = [
            models.Index(
                fields=["receiver", "due"],
                name="delivery_pending",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(fields=["owner_id", "-id"], name="delivery_owner"),
            models.Index(fields=["about"], name="delivery_about"),
            models.Index(
                fields=["-id"], name="delivery_dead", condition=Q(state=DeliveryState.DEAD)
            ),
        ]
