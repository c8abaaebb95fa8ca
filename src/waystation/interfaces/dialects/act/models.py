"""What only this wire knows; what runs is a job's."""
# mypy: disable-error-code="var-annotated"

from typing import ClassVar

from django.db import models


class Proxy(models.Model):
    """A grid proxy that somebody delegated to us."""

    user_id = models.IntegerField()
    dn = models.TextField()
    # The VOMS attribute that goes first; empty of none.
    attribute = models.TextField(default="", db_default="")
    # Certificate, key and chain, sealed.
    sealed = models.BinaryField()
    created = models.DateTimeField()
    renewed = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        """Of a name and an attribute there is one; a new one takes its place."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dn", "attribute"], name="actproxy_once")
        ]
        indexes: ClassVar = [models.Index(fields=["expires"], name="actproxy_expires")]


class Job(models.Model):
    """A job as its client knows it: made first, confirmed with its description later."""

    user_id = models.IntegerField()
    # Empty for who came with a token of ours.
    proxy_id = models.BigIntegerField(null=True)
    created = models.DateTimeField()
    modified = models.DateTimeField()
    # As the client named them, joined by commas.
    clusterlist = models.TextField()
    # Its files are there, in a folder of its own.
    space = models.TextField()
    jobname = models.TextField(null=True)
    jobdesc = models.TextField(null=True)
    # Our request, of one job; empty until it is confirmed.
    request_id = models.BigIntegerField(null=True)
    # Its owner has asked for what it left, though it failed.
    fetched = models.BooleanField(default=False, db_default=False)
    # It was cleaned, and what it has in its space is to go.
    gone = models.BooleanField(default=False, db_default=False)

    class Meta:
        """An owner's; those that were never confirmed, and those whose files are to go."""

        indexes: ClassVar = [
            models.Index(fields=["user_id", "id"], name="actjob_owner"),
            models.Index(
                fields=["created"],
                name="actjob_open",
                condition=models.Q(request_id__isnull=True),
            ),
            models.Index(fields=["id"], name="actjob_gone", condition=models.Q(gone=True)),
        ]
