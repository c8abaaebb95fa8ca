"""Tables of the catalogue."""

from typing import ClassVar

from django.db import models


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
