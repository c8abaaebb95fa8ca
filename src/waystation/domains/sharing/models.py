"""Tables of sharing."""

from typing import ClassVar

from django.db import models


class Share(models.Model):
    """A link to an entry of a space; it follows the entry, and dies with its maker's role."""

    # SHA-256 of the secret in the link. The secret is made of the nonce by a key that is not here.
    digest = models.BinaryField(max_length=32, unique=True)
    nonce = models.BinaryField(max_length=16)
    space = models.CharField(max_length=100)
    entry_id = models.BigIntegerField()
    maker_id = models.IntegerField()
    label = models.CharField(max_length=200)
    # As Django's hashers write it; empty is none.
    password = models.TextField(default="", db_default="")
    drop_box = models.BooleanField(default=False, db_default=False)
    most_downloads = models.IntegerField(null=True)
    uses = models.IntegerField(default=0, db_default=0)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)

    class Meta:
        """The links of a space, newest first."""

        indexes: ClassVar = [models.Index(fields=["space", "-id"], name="share_space")]


class Fetched(models.Model):
    """Who has begun to fetch what by a link whose downloads are counted: may go on for a day."""

    pk = models.CompositePrimaryKey("share_id", "entry_id", "client")
    share_id = models.BigIntegerField()
    entry_id = models.BigIntegerField()
    client = models.BinaryField(max_length=32)
    at = models.DateTimeField()
