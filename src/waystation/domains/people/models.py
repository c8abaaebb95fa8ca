"""Tables of people; accounts and groups themselves are Django's."""

from typing import ClassVar

from django.db import models


class Invitation(models.Model):
    """A link by which somebody chooses the first, or a new, password of an account; good once."""

    user_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32, unique=True)
    by = models.CharField(max_length=200)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)

    class Meta:
        """A new one takes the place of an account's older ones."""

        indexes: ClassVar = [models.Index(fields=["user_id"], name="invitation_user")]


class Manager(models.Model):
    """Who may put accounts into a group and take them out."""

    pk = models.CompositePrimaryKey("group_id", "user_id")
    group_id = models.IntegerField()
    user_id = models.BigIntegerField()


class Policy(models.Model):
    """A version of the acceptable-use policy; the newest is in force."""

    text = models.TextField()
    by = models.CharField(max_length=200)
    created = models.DateTimeField()


class Acceptance(models.Model):
    """Somebody agreed to a version."""

    pk = models.CompositePrimaryKey("user_id", "policy_id")
    user_id = models.BigIntegerField()
    policy_id = models.BigIntegerField()
    at = models.DateTimeField()
