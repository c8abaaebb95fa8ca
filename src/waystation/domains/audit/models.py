"""Tables of audit."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """What somebody did; `kernel.trail` writes it, a trigger lets nobody change it.

    `n` and `seal` are set once, by the sealing step: its place in the chain, and the hash over the
    seal before it and everything here.
    """

    at = models.DateTimeField()
    # No foreign key: what an account did outlives it.
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    via = models.TextField()
    address = models.CharField(max_length=100)
    act = models.CharField(max_length=50)
    thing = models.TextField()
    outcome = models.CharField(max_length=20)
    request_id = models.CharField(max_length=64)
    facts = models.JSONField()
    n = models.BigIntegerField(null=True, unique=True)
    seal = models.BinaryField(max_length=32, null=True)

    class Meta:
        """Looked through newest first: all, of one person, of one kind; and what is not sealed."""

        indexes: ClassVar = [
            models.Index(fields=["actor", "-id"], name="entry_actor"),
            models.Index(fields=["act", "-id"], name="entry_act"),
            models.Index(fields=["at"], name="entry_at"),
            models.Index(fields=["id"], name="entry_loose", condition=Q(n__isnull=True)),
        ]


class Cut(models.Model):
    """Retention took everything up to `n`: the chain goes on from the seal that it had there."""

    n = models.BigIntegerField(primary_key=True)
    seal = models.BinaryField(max_length=32)
    at = models.DateTimeField()
