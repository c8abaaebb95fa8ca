"""Two small tables; a job itself is a stage request of the account, named `mwa:<job_id>`."""
# mypy: disable-error-code="var-annotated"

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class LookUp(models.Model):
    """An observation whose files are not known yet: accepted and durable, not a request so far."""

    job_id = models.BigIntegerField(primary_key=True)
    owner_id = models.IntegerField()
    notify_url = models.TextField()
    obs_id = models.BigIntegerField(null=True)
    start_time = models.BigIntegerField()
    duration = models.BigIntegerField()
    created = models.DateTimeField()
    # When it is looked up next; who took it and died gives it back then.
    due = models.DateTimeField()
    tries = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        """The next one is found at once."""

        indexes: ClassVar = [models.Index(fields=["due"], name="lookup_due")]


class OddNames(models.Model):
    """Names of a job that cannot be read back from our paths, or that no path can have."""

    request_id = models.BigIntegerField(primary_key=True)
    names = ArrayField(models.TextField())
    # The path each means; empty for one that was refused.
    paths = ArrayField(models.TextField())
