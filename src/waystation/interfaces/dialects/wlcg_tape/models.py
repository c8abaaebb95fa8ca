"""The one table: what a client asked for, as it spelled it."""
# mypy: disable-error-code="var-annotated"

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class StageRequest(models.Model):
    """A request of this dialect: one row however many files, so that a poll reads one.

    A client's path is kept beside the file of ours that it means, because answers must spell it
    as it was sent; paths that no file of ours can have are kept with the reason, because they
    must be in every answer too. A request over several stores, or with several lifetimes, is
    several of ours. Deleting the request deletes the row; ours stay, as history.
    """

    id = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created = models.DateTimeField()
    # Four columns of one table of files, in the order asked.
    paths = ArrayField(models.TextField())
    # Our stage request and the file's number in it; 0 and 0 for a path that was not taken.
    requests = ArrayField(models.BigIntegerField())
    numbers = ArrayField(models.IntegerField())
    # Why it was not taken.
    words = ArrayField(models.TextField(null=True))
