"""Tables of hosting."""

from typing import ClassVar

from django.db import models


class Space(models.Model):
    """A tree of files; its entries are the catalogue's."""

    name = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    store_id = models.SmallIntegerField()
    base = models.TextField()
    root_id = models.BigIntegerField()
    owner_id = models.IntegerField()
    durable = models.BooleanField(default=True, db_default=True)
    trash_days = models.IntegerField(default=30, db_default=30)
    closed = models.BooleanField(default=False, db_default=False)
    keep_days = models.IntegerField(default=0, db_default=0)
    delete_days = models.IntegerField(default=0, db_default=0)
    created = models.DateTimeField()


class SpaceRole(models.Model):
    """Who may what: `user:3`, `group:physics`, `signed-in`, `anyone`."""

    pk = models.CompositePrimaryKey("space_id", "principal")
    space_id = models.IntegerField()
    principal = models.CharField(max_length=200)
    role = models.SmallIntegerField()

    class Meta:
        """All spaces of a caller."""

        indexes: ClassVar = [models.Index(fields=["principal"], name="spacerole_principal")]


class Upload(models.Model):
    """Bytes on their way in: what was reserved, and where the part is.

    The row is there before the first byte and goes with the commit. One that is overdue lost its
    receiver.
    """

    space_id = models.IntegerField()
    part = models.CharField(max_length=80, unique=True)
    parent_id = models.BigIntegerField()
    name = models.TextField()
    owner_id = models.IntegerField()
    subjects = models.JSONField()
    held_bytes = models.BigIntegerField()
    mtime = models.DateTimeField(null=True)
    created = models.DateTimeField()
    due = models.DateTimeField()
    # Of those that can be resumed: how many bytes, until when they are waited for, what must be so
    # at the commit, and from where on bytes have a checksum that was not looked at.
    size = models.BigIntegerField(null=True)
    expires = models.DateTimeField(null=True)
    absent = models.BooleanField(default=False, db_default=False)
    etags = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    doubtful_from = models.BigIntegerField(null=True)

    class Meta:
        """Overdue ones."""

        indexes: ClassVar = [models.Index(fields=["due"], name="upload_due")]


class Received(models.Model):
    """An upload that could be resumed and was stored: for who was cut off before the answer."""

    part = models.CharField(max_length=80, primary_key=True)
    space_id = models.IntegerField()
    owner_id = models.IntegerField()
    size = models.BigIntegerField()
    due = models.DateTimeField()

    class Meta:
        """Those to be forgotten."""

        indexes: ClassVar = [models.Index(fields=["due"], name="received_due")]


class Change(models.Model):
    """A move on disk that has been begun, and is put back when nobody finished it.

    The row is durable before the disk is touched and goes in the transaction that moves the entry.
    """

    space_id = models.IntegerField()
    source = models.TextField()
    target = models.TextField()
    # Tells whether it is the same file or folder.
    inode = models.BigIntegerField()
    due = models.DateTimeField()

    class Meta:
        """Overdue ones."""

        indexes: ClassVar = [models.Index(fields=["due"], name="change_due")]


class Leaving(models.Model):
    """Content under a key that nothing refers to any more; the row goes when it was erased."""

    space_id = models.IntegerField()
    inode = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    # Of an upload that was given up: there may be no more than this.
    part = models.CharField(max_length=80, null=True)
    due = models.DateTimeField()

    class Meta:
        """Overdue ones."""

        indexes: ClassVar = [models.Index(fields=["due"], name="leaving_due")]


class Property(models.Model):
    """What somebody's client keeps beside a file or folder (RFC 4918 dead properties)."""

    pk = models.CompositePrimaryKey("entry_id", "name")
    entry_id = models.BigIntegerField()
    # `{namespace}name`, and the XML inside the element.
    name = models.TextField()
    value = models.TextField()


class Trashed(models.Model):
    """Something deleted that can be brought back until it expires."""

    entry_id = models.BigIntegerField(primary_key=True)
    space_id = models.IntegerField()
    parent_id = models.BigIntegerField()
    name = models.TextField()
    path = models.TextField()
    by_id = models.IntegerField()
    at = models.DateTimeField()
    expires = models.DateTimeField()

    class Meta:
        """A space's trash, newest first; what is to be purged."""

        indexes: ClassVar = [
            models.Index(fields=["space_id", "-at"], name="trashed_space"),
            models.Index(fields=["expires"], name="trashed_expires"),
        ]


class Scrub(models.Model):
    """How far the reading of all files is; one row."""

    id = models.SmallIntegerField(primary_key=True)
    due = models.DateTimeField()
    began = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    cursor = models.BigIntegerField(default=0, db_default=0)
    unread = models.BigIntegerField(default=0, db_default=0)
    files = models.BigIntegerField(default=0, db_default=0)
    bytes = models.BigIntegerField(default=0, db_default=0)
    last_files = models.BigIntegerField(default=0, db_default=0)
    last_bytes = models.BigIntegerField(default=0, db_default=0)


class Damage(models.Model):
    """A file that is not what was stored; gone when it is replaced, or reads well again."""

    entry_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField()
    space_id = models.IntegerField()
    path = models.TextField()
    at = models.DateTimeField()
    words = models.TextField()


class Suspect(models.Model):
    """A file that is read before all others: somebody saw other bytes than we promised."""

    entry_id = models.BigIntegerField(primary_key=True)


class Hold(models.Model):
    """A file, a folder or a whole space that stays as it is until the hold is lifted."""

    space_id = models.IntegerField()
    # Several may hold the same place, for reasons of their own.
    entry_id = models.BigIntegerField()
    by_name = models.TextField()
    why = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """Holds of a space, and of an entry."""

        indexes: ClassVar = [
            models.Index(fields=["space_id"], name="hold_space"),
            models.Index(fields=["entry_id"], name="hold_entry"),
        ]


class Expiry(models.Model):
    """How far the walk for files that their space keeps no longer is; one row."""

    id = models.SmallIntegerField(primary_key=True)
    due = models.DateTimeField()
    cursor = models.BigIntegerField(default=0, db_default=0)
