"""Tables of quotas."""

from django.db import models


class Quota(models.Model):
    """What one subject has, holds and may have. A limit of NULL is none.

    Usage that is on disk is in `bytes` and `files`; what uploads have reserved before their first
    byte is in `held_bytes` and `held_files`. Over the soft limit the grace begins to run.
    """

    # `space:5`, `user:3` or `group:7`.
    subject = models.CharField(primary_key=True, max_length=40)
    bytes = models.BigIntegerField(default=0, db_default=0)
    files = models.BigIntegerField(default=0, db_default=0)
    held_bytes = models.BigIntegerField(default=0, db_default=0)
    held_files = models.BigIntegerField(default=0, db_default=0)
    hard_bytes = models.BigIntegerField(null=True)
    soft_bytes = models.BigIntegerField(null=True)
    hard_files = models.BigIntegerField(null=True)
    soft_files = models.BigIntegerField(null=True)
    grace_s = models.IntegerField(default=604_800, db_default=604_800)
    over_since = models.DateTimeField(null=True)
