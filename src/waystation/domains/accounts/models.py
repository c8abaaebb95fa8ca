"""Tables of accounts, on Django's own."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or a service. Ours from the first migration, so that it can grow."""

    # While these are set `is_active` is not.
    suspended = models.DateTimeField(null=True)
    suspended_by = models.CharField(max_length=200, default="", db_default="")
    suspended_why = models.TextField(default="", db_default="")


class Token(models.Model):
    """A bearer token. Only a digest is stored: of 256 random bits one SHA-256 will do."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    # Of a per-job token: [{"space": …, "path": […], "verbs": […]}]; it then has no scopes.
    places = models.JSONField(null=True)
    created = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)


class Device(models.Model):
    """A browser that is signed in, as its owner tells it from others; goes with its session."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    # Of the session's key: who reads this table cannot take over a session.
    digest = models.CharField(max_length=32, unique=True)
    agent = models.CharField(max_length=300)
    address = models.CharField(max_length=100)
    created = models.DateTimeField()
    last_seen = models.DateTimeField()


class Identity(models.Model):
    """How another system calls one of our accounts: the subject of an X.509 certificate."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    # Distinguished names as RFC 4514 text, written one way by whoever binds them.
    subject = models.TextField()
    created = models.DateTimeField()

    class Meta:
        """A subject is one account's."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "subject"], name="identity_subject")
        ]


class SignInFailure(models.Model):
    """A wrong password; many of them make the door slow."""

    name = models.CharField(max_length=150)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        """Looked up by name and by address, newest first."""

        indexes: ClassVar = [
            models.Index(fields=["name", "-at"], name="failure_name"),
            models.Index(fields=["address", "-at"], name="failure_address"),
        ]
