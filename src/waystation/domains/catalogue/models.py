"""Tables of the catalogue."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower

from waystation.domains.catalogue.entities import EntryKind


class Store(models.Model):
    """A tree of files behind one tape back end; kept equal to the settings at each start."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    root = models.TextField()
    backend = models.CharField(max_length=100)
    # Group names whose members may read; "*" is everyone signed in. Empty: administrators only.
    readers = models.JSONField(default=list)
    # A request of more files must say that it is meant (recall storms).
    confirm_above_files = models.IntegerField()
    # Most files an owner may have waiting here; 0 is no limit.
    files_per_owner = models.IntegerField(default=0)
    retired = models.BooleanField(default=False)


class Dataset(models.Model):
    """A named list of files of one store."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    files = models.IntegerField(default=0)
    bytes = models.BigIntegerField(null=True)
    changed = models.DateTimeField()

    class Meta:
        """A name is used once in a store."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "name"], name="dataset_name")
        ]


class DatasetFile(models.Model):
    """A file of a dataset; no foreign key a row, millions are usual."""

    pk = models.CompositePrimaryKey("dataset_id", "n")
    dataset_id = models.BigIntegerField()
    n = models.IntegerField()
    path = models.TextField()


class Entry(models.Model):
    """A file or folder of a tree that we keep. Its place is its parent and its name.

    No path is stored: a folder of a million files is moved by one row.
    """

    store_id = models.SmallIntegerField()
    # 0: the root of a tree.
    parent_id = models.BigIntegerField()
    name = models.TextField(db_collation="C")
    kind = models.SmallIntegerField()
    size = models.BigIntegerField(default=0, db_default=0)
    adler32 = models.BigIntegerField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    mtime = models.DateTimeField()
    changed = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    owner_id = models.IntegerField()
    inode = models.BigIntegerField(default=0, db_default=0)
    mtime_ns = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        """A name is used once in a folder; folders are shown first; who has no digest gets one.

        Names are searched by how they begin, in either case, and by their trigrams; what is new
        in a store is found by when it changed.
        """

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent_id", "name"], name="entry_name")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["parent_id", "name"],
                name="entry_folders",
                condition=models.Q(kind=EntryKind.FOLDER),
            ),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="entry_trigrams"),
            models.Index(Lower("name"), name="entry_begins"),
            models.Index(
                fields=["store_id", "changed", "id"],
                name="entry_changed",
                condition=models.Q(kind=EntryKind.FILE),
            ),
            models.Index(
                fields=["id"],
                name="entry_unread",
                condition=models.Q(kind=EntryKind.FILE, sha256__isnull=True),
            ),
        ]
