"""Tables of transfers."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import MD5


class Partner(models.Model):
    """Another site."""

    name = models.CharField(max_length=100, unique=True)
    # Who speaks its wire: `waystation`, or a dialect of ours.
    kind = models.CharField(max_length=30)
    url = models.TextField()
    # Sealed: what we show there. Never leaves to another host than the URL's.
    credential = models.BinaryField(default=b"", db_default=b"")
    # Our account for it: what it may here are this account's roles. Empty until it was paired.
    account_id = models.IntegerField(null=True, unique=True)
    enabled = models.BooleanField(default=True, db_default=True)
    # Engines by preference; empty is the order of the settings.
    engines = ArrayField(models.TextField(), default=list)
    created = models.DateTimeField()
    due = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)
    last_heard = models.DateTimeField(null=True)
    words = models.TextField(default="", db_default="")


class Rule(models.Model):
    """A standing order: what of a space goes where."""

    name = models.CharField(max_length=100, unique=True)
    owner_id = models.IntegerField()
    space = models.CharField(max_length=100)
    root_id = models.BigIntegerField()
    # Only files below this folder, whose names fit the pattern.
    prefix = models.TextField(default="", db_default="")
    pattern = models.TextField(default="", db_default="")
    target_space = models.CharField(max_length=100)
    target_prefix = models.TextField(default="", db_default="")
    copies = models.SmallIntegerField(default=1, db_default=1)
    priority = models.SmallIntegerField(default=5, db_default=5)
    min_age_s = models.IntegerField(default=0, db_default=0)
    daily_bytes = models.BigIntegerField(null=True)
    # "HH:MM-HH:MM" in the site's time; empty is always.
    windows = ArrayField(models.TextField(), default=list)
    enabled = models.BooleanField(default=True, db_default=True)
    created = models.DateTimeField()
    # Files that others have go from here: after how long, and how far the walk for them is.
    delete_after_s = models.BigIntegerField(null=True)
    shed_due = models.DateTimeField(null=True)
    shed_seen = models.DateTimeField(null=True)
    shed_id = models.BigIntegerField(default=0, db_default=0)
    shed_words = models.TextField(default="", db_default="")


class Destination(models.Model):
    """A partner of a rule, and how far the rule has looked for it."""

    rule_id = models.IntegerField()
    partner_id = models.IntegerField()
    # Place among the rule's destinations: which files are whose when there are fewer copies.
    rank = models.SmallIntegerField()
    due = models.DateTimeField()
    seen = models.DateTimeField(null=True)
    seen_id = models.BigIntegerField(default=0, db_default=0)
    # What it has looked at behind that mark: files that changed until then and were written by a
    # transaction before this number, as long as this server runs.
    until = models.DateTimeField(null=True)
    horizon = models.BigIntegerField(null=True)
    server = models.DateTimeField(null=True)
    turned = models.DateTimeField(null=True)
    words = models.TextField(default="", db_default="")

    class Meta:
        """A partner is named once in a rule."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule_id", "partner_id"], name="destination_once")
        ]


class Spent(models.Model):
    """Bytes of a rule that were sent on one day, of the site's time."""

    pk = models.CompositePrimaryKey("rule_id", "day")
    rule_id = models.IntegerField()
    day = models.DateField()
    bytes = models.BigIntegerField()


class Shipment(models.Model):
    """Files that go together."""

    key = models.CharField(max_length=64)
    way = models.SmallIntegerField()
    partner_id = models.IntegerField()
    rule_id = models.IntegerField(null=True)
    space = models.CharField(max_length=100)
    target_space = models.CharField(max_length=100)
    state = models.SmallIntegerField()
    priority = models.SmallIntegerField()
    created = models.DateTimeField()
    changed = models.DateTimeField()
    due = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0, db_default=0)
    # How its files are reached at the other side, sealed: it may hold tokens.
    target = models.BinaryField(default=b"", db_default=b"")
    engine = models.CharField(max_length=50, default="", db_default="")
    # Of the engine's task: the key is kept before the task is, the handle after.
    attempt = models.IntegerField(default=0, db_default=0)
    handle = models.TextField(default="", db_default="")
    # The machine whose process has the task; empty of engines whose tasks are nobody's of ours.
    host = models.TextField(default="", db_default="")
    submitted = models.DateTimeField(null=True)
    bytes_moved = models.BigIntegerField(default=0, db_default=0)
    words = models.TextField(default="", db_default="")
    attention = models.BooleanField(default=False, db_default=False)
    # Incoming: the sender knows how it ended. Cancelled: engine and partner know.
    told = models.BooleanField(default=False, db_default=False)
    # Outgoing: the stage request that brings its files from tape, and holds them until the end.
    recall_id = models.BigIntegerField(null=True)
    # Incoming: we asked for it, for files of ours that are damaged.
    asked = models.BooleanField(default=False, db_default=False)
    files = models.IntegerField()
    bytes = models.BigIntegerField()
    n_waiting = models.IntegerField()
    n_landed = models.IntegerField(default=0, db_default=0)
    n_failed = models.IntegerField(default=0, db_default=0)
    n_cancelled = models.IntegerField(default=0, db_default=0)
    bytes_landed = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        """A key is used once a side; those that are due; a partner's newest."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner_id", "way", "key"], name="shipment_key")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "due"],
                name="shipment_due",
                condition=models.Q(due__isnull=False),
            ),
            models.Index(fields=["partner_id", "-id"], name="shipment_partner"),
            models.Index(
                fields=["way", "changed"],
                name="shipment_untold",
                condition=models.Q(told=False, finished__isnull=False),
            ),
            models.Index(
                fields=["id"],
                name="shipment_held",
                condition=models.Q(recall_id__isnull=False, finished__isnull=False),
            ),
        ]


class ShipmentFile(models.Model):
    """A file of a shipment."""

    pk = models.CompositePrimaryKey("shipment_id", "n")
    shipment_id = models.BigIntegerField()
    n = models.IntegerField()
    state = models.SmallIntegerField()
    # Of the catalogue: outgoing the source, incoming what it became.
    entry_id = models.BigIntegerField(null=True)
    path = models.TextField()
    target = models.TextField()
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32, null=True)
    adler32 = models.BigIntegerField(null=True)
    mtime = models.DateTimeField(null=True)
    words = models.TextField(null=True)

    class Meta:
        """Whether a file is on its way already."""

        indexes: ClassVar = [
            models.Index(
                fields=["entry_id"],
                name="shipmentfile_waiting",
                condition=models.Q(state=0),
            )
        ]


class Replica(models.Model):
    """A copy of one of our files that a partner has."""

    pk = models.CompositePrimaryKey("entry_id", "partner_id")
    entry_id = models.BigIntegerField()
    partner_id = models.IntegerField()
    space = models.CharField(max_length=100)
    path = models.TextField()
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32, null=True)
    landed = models.DateTimeField()
    verified = models.DateTimeField()

    class Meta:
        """Whose copies were looked at longest ago; and which a partner means by a path."""

        indexes: ClassVar = [
            models.Index(fields=["partner_id", "verified"], name="replica_verified"),
            models.Index("partner_id", MD5("path"), name="replica_place"),
        ]


class Doubt(models.Model):
    """A file that did not get through; it is tried again when due."""

    pk = models.CompositePrimaryKey("entry_id", "partner_id")
    entry_id = models.BigIntegerField()
    partner_id = models.IntegerField()
    tries = models.IntegerField()
    due = models.DateTimeField()
    words = models.TextField()


class Repair(models.Model):
    """A damaged file of ours for which partners were asked; asked again when due."""

    entry_id = models.BigIntegerField(primary_key=True)
    partner_id = models.IntegerField()
    tries = models.IntegerField()
    due = models.DateTimeField()
    words = models.TextField(default="", db_default="")


class Alarm(models.Model):
    """Something that a person should look at; it was told, and goes when it is over."""

    about = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=20)
    since = models.DateTimeField()
    words = models.TextField()


class Origin(models.Model):
    """Where a file of ours came from: a later content from there may replace it."""

    entry_id = models.BigIntegerField(primary_key=True)
    partner_id = models.IntegerField()
    path = models.TextField()
    sha256 = models.BinaryField(max_length=32)
    landed = models.DateTimeField()
