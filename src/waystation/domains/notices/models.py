"""Tables of messages."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Message(models.Model):
    """Something to be told to somebody, for a while."""

    text = models.TextField()
    severity = models.SmallIntegerField()
    # `everyone`, `group:NAME`, `user:NAME`.
    audience = models.CharField(max_length=200)
    shown_from = models.DateTimeField()
    shown_until = models.DateTimeField(null=True)
    # Of a scheduled downtime; NULL for all other messages.
    down_from = models.DateTimeField(null=True)
    down_until = models.DateTimeField(null=True)
    dismissible = models.BooleanField(default=True)
    by = models.CharField(max_length=200)
    created = models.DateTimeField()
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        """Looked for on every page, by who is told."""

        indexes: ClassVar = [
            models.Index(
                fields=["audience", "-id"], name="message_told", condition=Q(withdrawn=None)
            )
        ]


class Dismissal(models.Model):
    """Somebody has read it."""

    pk = models.CompositePrimaryKey("user_id", "message_id")
    user_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
