"""What only this wire knows; the files themselves are a space's."""
# mypy: disable-error-code="var-annotated"

from typing import ClassVar

from django.db import models


class File(models.Model):
    """A file, or a directory that was uploaded whole: a name that is given once and for ever."""

    name = models.TextField(unique=True, db_collation="C")
    size = models.BigIntegerField()
    # `algo:::hex` as the uploader computed it and we did again.
    checksum = models.TextField()
    uploader = models.TextField()
    source = models.TextField()
    create_time = models.DateTimeField()

    class Meta:
        """Searches are capped and newest first: each ends after as many rows as it shows."""

        indexes: ClassVar = [
            models.Index(fields=["-create_time", "-id"], name="libfile_time"),
            models.Index(fields=["uploader", "-create_time", "-id"], name="libfile_uploader"),
            models.Index(fields=["source", "-create_time", "-id"], name="libfile_source"),
        ]


class Instance(models.Model):
    """Where the bytes of a file are here."""

    file_id = models.BigIntegerField()
    # In the catalogue; it follows the bytes wherever people move them in the space.
    entry_id = models.BigIntegerField()
    # Below the space, when it was ingested.
    path = models.TextField(db_collation="C")
    deletion_policy = models.SmallIntegerField()
    created_time = models.DateTimeField()
    available = models.BooleanField(default=True, db_default=True)
    # What `validate/file` last found.
    checked_checksum = models.TextField(null=True)
    checked_size = models.BigIntegerField(null=True)
    checked_time = models.DateTimeField(null=True)

    class Meta:
        """Of a file, at a path, newest first."""

        indexes: ClassVar = [
            models.Index(fields=["file_id"], name="libinstance_file"),
            models.Index(fields=["path"], name="libinstance_path"),
            models.Index(fields=["-created_time", "-id"], name="libinstance_time"),
        ]


class Incoming(models.Model):
    """An upload, or a file of another librarian: staged, then committed by whoever lives to."""

    # `translate.Status`.
    status = models.SmallIntegerField()
    user_id = models.IntegerField()
    name = models.TextField(db_collation="C")
    upload_name = models.TextField()
    # Below the staging area.
    folder = models.TextField()
    size = models.BigIntegerField()
    checksum = models.TextField()
    # The part in hosting that holds its room; empty until it does.
    part = models.TextField(default="", db_default="")
    deletion_policy = models.SmallIntegerField(default=0, db_default=0)
    created = models.DateTimeField()
    # Of a staged one: whoever commits it has it until then. Else: it is given up then.
    due = models.DateTimeField()
    # Somebody has begun to commit it: what the space has at its name then may be a remainder.
    begun = models.BooleanField(default=False, db_default=False)
    # Of another librarian: who it was uploaded by there, who sends it, under which number.
    uploader = models.TextField(default="", db_default="")
    source = models.TextField(default="", db_default="")
    source_transfer_id = models.BigIntegerField(null=True)
    # Who hears how it ended, asks and answers; empty of uploads.
    partner_id = models.IntegerField(null=True)
    # When its sender is called next; empty when there is nothing more to say.
    call_due = models.DateTimeField(null=True)
    calls = models.IntegerField(default=0, db_default=0)
    # As people see it: a file of a shipment, and its number there. Empty of uploads.
    shipment_id = models.BigIntegerField(null=True)
    shipped_n = models.IntegerField(null=True)

    class Meta:
        """By name, by directory, what is due, and who is to be called."""

        indexes: ClassVar = [
            models.Index(
                fields=["call_due"],
                name="libincoming_call",
                condition=models.Q(call_due__isnull=False),
            ),
            models.Index(fields=["folder"], name="libincoming_folder"),
            models.Index(fields=["name"], name="libincoming_name"),
            models.Index(fields=["due"], name="libincoming_due"),
        ]


class Outgoing(models.Model):
    """A file on its way to a librarian: our number of it, theirs, and where they want it."""

    # The wire and its servers have 32 bits for it.
    id = models.AutoField(primary_key=True)
    partner_id = models.IntegerField()
    # Of the shipment, and the file's number in it.
    key = models.CharField(max_length=64)
    n = models.IntegerField()
    name = models.TextField(db_collation="C")
    # `translate.Status`, as they said last.
    status = models.SmallIntegerField(default=0, db_default=0)
    remote_id = models.BigIntegerField(null=True)
    # Absolute, as they name it.
    place = models.TextField(default="", db_default="")
    # Theirs, of the store that has it now.
    store_id = models.IntegerField(null=True)
    created = models.DateTimeField()

    class Meta:
        """Of a shipment; of a name."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner_id", "key", "n"], name="liboutgoing_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["partner_id", "name"], name="liboutgoing_name"),
        ]


class Error(models.Model):
    """Something that an operator should know of, until it is cleared."""

    severity = models.CharField(max_length=20)
    category = models.CharField(max_length=40)
    message = models.TextField()
    raised_time = models.DateTimeField()
    cleared_time = models.DateTimeField(null=True)
    cleared = models.BooleanField(default=False, db_default=False)
    caller = models.TextField(null=True)

    class Meta:
        """Newest first, those that are open."""

        indexes: ClassVar = [
            models.Index(fields=["-raised_time", "-id"], name="liberror_time"),
            models.Index(
                fields=["-raised_time", "-id"],
                name="liberror_open",
                condition=models.Q(cleared=False),
            ),
        ]


class Account(models.Model):
    """The level that an account was given by this wire, where its role alone does not tell."""

    user_id = models.IntegerField(primary_key=True)
    level = models.SmallIntegerField()


class Shelf(models.Model):
    """What this wire calls a store: our space, and whether it takes new files."""

    space_id = models.IntegerField(primary_key=True)
    enabled = models.BooleanField(default=True, db_default=True)
