"""Tables of staging. Statements are in `store` and `queries`; these describe the schema.

Item rows have no foreign keys and no index but their key when they are copied in: that is what
makes 100,000 files durable in well under a second (the partial index fills as items are joined).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from waystation.domains.staging.states import ListStage, RecallState, RequestState


class Request(models.Model):
    """What somebody asked for, with running counts kept by the statements that move items."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    store = models.ForeignKey("catalogue.Store", on_delete=models.PROTECT)
    external_id = models.CharField(max_length=200, null=True)
    label = models.CharField(max_length=200)
    priority = models.SmallIntegerField()
    pin_lifetime_s = models.IntegerField()
    created = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    callback = models.TextField(null=True)
    # In whose words the callback is told; empty is our own.
    dialect = models.CharField(max_length=50, default="", db_default="")
    # Whose copies are read, where files have several; empty: any.
    library = models.CharField(max_length=200, default="", db_default="")
    state = models.SmallIntegerField(default=RequestState.ACTIVE)
    # Last event number; an event takes the next one under this row's lock, so none is skipped.
    seq = models.BigIntegerField(default=0)
    files = models.IntegerField()
    folded = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    # Items up to `joined` have their recall; those up to `checked` were seen on disk at the end.
    joined = models.IntegerField(default=0)
    checked = models.IntegerField(default=0)
    n_waiting = models.IntegerField()
    n_queued = models.IntegerField(default=0)
    n_recalling = models.IntegerField(default=0)
    n_online = models.IntegerField(default=0)
    n_failed = models.IntegerField(default=0)
    n_cancelled = models.IntegerField(default=0)
    n_released = models.IntegerField(default=0)
    sized = models.IntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    bytes_online = models.BigIntegerField(default=0)
    # The first forecast, held against what happened; and what the step last made of it.
    first_forecast = models.DateTimeField(null=True)
    first_eta = models.DateTimeField(null=True)
    # One of the later ones, each as likely as the others, and how many there were.
    later_forecast = models.DateTimeField(null=True)
    later_eta = models.DateTimeField(null=True)
    later_forecasts = models.IntegerField(default=0, db_default=0)
    eta = models.DateTimeField(null=True)
    eta_low = models.DateTimeField(null=True)
    eta_high = models.DateTimeField(null=True)
    position = models.IntegerField(null=True)
    why = models.TextField(null=True)
    # Somebody looks whether it is complete, until then.
    lease = models.DateTimeField(null=True)
    # The next moment at which a pin of it may end.
    due = models.DateTimeField(null=True)

    class Meta:
        """Found by owner, by work to do."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "external_id"], name="request_external")
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-id"], name="request_owner"),
            models.Index(
                fields=["id"], name="request_active", condition=Q(state=RequestState.ACTIVE)
            ),
            models.Index(fields=["due"], name="request_due", condition=Q(due__isnull=False)),
            models.Index(
                fields=["finished"], name="request_ended", condition=Q(finished__isnull=False)
            ),
        ]


class Item(models.Model):
    """One file of one request."""

    pk = models.CompositePrimaryKey("request_id", "n")
    request_id = models.BigIntegerField()
    n = models.IntegerField()
    state = models.SmallIntegerField()
    attempts = models.SmallIntegerField(default=0, db_default=0)
    recall_id = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    finished = models.DateTimeField(null=True)
    pinned_until = models.DateTimeField(null=True)
    path = models.TextField()
    tape = models.TextField(null=True)
    error = models.TextField(null=True)

    class Meta:
        """Only joined rows are in the second index."""

        indexes: ClassVar = [
            models.Index(
                fields=["recall_id"], name="item_recall", condition=Q(recall_id__isnull=False)
            )
        ]


class Recall(models.Model):
    """The one recall of a (store, path), however many items want it; gone with the last."""

    store_id = models.SmallIntegerField()
    path = models.TextField()
    backend = models.CharField(max_length=100)
    owner_id = models.IntegerField()
    priority = models.SmallIntegerField()
    created = models.DateTimeField()
    state = models.SmallIntegerField(default=RecallState.NEW)
    # When it is looked for; NULL unless it is NEW or BACKOFF.
    due = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0, db_default=0)
    # '' when the back end hides the cartridge.
    tape = models.TextField(default="", db_default="")
    library = models.TextField(null=True)
    position = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    # The list it is in, or came with (0: it was on disk already); NULL unless LISTED or HELD.
    list_id = models.BigIntegerField(null=True)
    # Its place in the list when the back end keeps our order.
    list_n = models.IntegerField(null=True)
    # Nobody waits for it any more, but it is at the tape system already.
    unwanted = models.BooleanField(default=False, db_default=False)
    # The tape system was asked to drop it.
    told = models.BooleanField(default=False, db_default=False)
    error = models.TextField(null=True)

    class Meta:
        """Unique by file; found by tape when queued, by list when sent, by moment when due.

        No index names `state`: a file that comes online changes no indexed column, and its row is
        rewritten on the same page without touching an index (twice as fast for 100,000 of them).
        """

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store_id", "path"], name="recall_path")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["backend", "tape"],
                name="recall_queued",
                condition=Q(list_id__isnull=True, due__isnull=True),
            ),
            models.Index(
                fields=["list_id"], name="recall_list", condition=Q(list_id__isnull=False)
            ),
            models.Index(
                fields=["backend", "due"],
                name="recall_due",
                condition=Q(list_id__isnull=True, due__isnull=False),
            ),
        ]


class Queue(models.Model):
    """Running totals of what waits on a tape for an owner; a mount decision reads only these."""

    pk = models.CompositePrimaryKey("backend", "tape", "owner_id")
    backend = models.CharField(max_length=100)
    tape = models.TextField()
    owner_id = models.IntegerField()
    files = models.BigIntegerField()
    bytes = models.BigIntegerField()
    oldest = models.DateTimeField()
    # Sum of arrival moments, seconds since 1970: the sum of ages is files * now - this.
    arrival_sum_s = models.FloatField()
    # Highest priority of any file in it.
    priority = models.SmallIntegerField()


class RecallList(models.Model):
    """A list of recalls for one tape, on its way through the tape system."""

    backend = models.CharField(max_length=100)
    tape = models.TextField()
    library = models.TextField(null=True)
    key = models.CharField(max_length=64, unique=True)
    stage = models.SmallIntegerField(default=ListStage.PLANNED)
    handle = models.TextField(null=True)
    created = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    # When there was news of any of its files last; a list that is silent too long is given up.
    heard = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    due = models.DateTimeField()
    tries = models.SmallIntegerField(default=0, db_default=0)
    files = models.IntegerField()
    bytes = models.BigIntegerField()
    n_online = models.IntegerField(default=0, db_default=0)
    n_failed = models.IntegerField(default=0, db_default=0)
    predicted_s = models.FloatField()
    why = models.TextField()
    error = models.TextField(null=True)

    class Meta:
        """Open lists are few; ended ones are history, by moment."""

        indexes: ClassVar = [
            models.Index(
                fields=["backend", "due"],
                name="list_open",
                condition=~Q(stage=ListStage.ENDED),
            ),
            models.Index(fields=["backend", "-ended"], name="list_ended"),
        ]


class Usage(models.Model):
    """Drive seconds an owner was given, decaying with the policy's half-life."""

    pk = models.CompositePrimaryKey("backend", "owner_id")
    backend = models.CharField(max_length=100)
    owner_id = models.IntegerField()
    used_s = models.FloatField()
    at = models.DateTimeField()


class TapeTrust(models.Model):
    """Whether a cartridge's assumed geometry may be relied on, from the times of what was read."""

    pk = models.CompositePrimaryKey("backend", "tape")
    backend = models.CharField(max_length=100)
    tape = models.CharField(max_length=100)
    # A list of zones as the planner's `trust` has them.
    zones = models.JSONField()
    # The newest list whose times are in it: none counts twice.
    list_id = models.BigIntegerField()
    changed = models.DateTimeField()


class Event(models.Model):
    """What happened to a request, in order and without gaps: one row a batch, not a file."""

    pk = models.CompositePrimaryKey("request_id", "seq")
    request_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    count = models.IntegerField()
    bytes = models.BigIntegerField()
    # Item numbers as a multirange text, e.g. {[1,5),[9,10)}; cut to the first hundred pieces.
    ranges = models.TextField()
    words = models.TextField()

    class Meta:
        """What came in the last hour is summed for pages."""

        indexes: ClassVar = [
            models.Index(fields=["at"], name="event_online", condition=Q(kind="online"))
        ]


class TapeSystem(models.Model):
    """What a tape system's worker last saw: its heartbeat, its drives, its last trouble."""

    name = models.CharField(primary_key=True, max_length=100)
    kind = models.CharField(max_length=50)
    sees = models.CharField(max_length=20)
    slots = models.IntegerField()
    up = models.BooleanField()
    message = models.TextField()
    # A list of {name, state, tape, since}; `since` is when the drive came into that state.
    drives = models.JSONField()
    seen = models.DateTimeField()
    # What is wrong with its stream of news (a broker that refuses us); empty when well.
    news = models.TextField(default="", db_default="")
    # Of each tape that waits or is read: its place in the queue (none when it is read), and when
    # its list should have ended with the band of that, in seconds since 1970.
    outlook = models.JSONField(default=dict, db_default={})


class Forecast(models.Model):
    """Past forecasts beside what happened; the band of the next ones is taken from these."""

    backend = models.CharField(max_length=100)
    at = models.DateTimeField()
    # Of a request that had waited, not of one that had just come.
    later = models.BooleanField(default=False, db_default=False)
    predicted_s = models.FloatField()
    actual_s = models.FloatField()

    class Meta:
        """The newest count."""

        indexes: ClassVar = [
            models.Index(fields=["backend", "later", "-id"], name="forecast_recent")
        ]


class DeadLetter(models.Model):
    """A message of a tape system that could not be read; the newest few thousand are kept."""

    backend = models.CharField(max_length=100)
    at = models.DateTimeField()
    # Where it was in its stream: topic, partition, offset.
    place = models.TextField()
    words = models.TextField()
    raw = models.TextField()

    class Meta:
        """The newest of a tape system."""

        indexes: ClassVar = [models.Index(fields=["backend", "-id"], name="dead_recent")]


class NewsMark(models.Model):
    """How far a part of a stream was heard, kept with what was heard: nothing counts twice."""

    pk = models.CompositePrimaryKey("backend", "part")
    backend = models.CharField(max_length=100)
    part = models.TextField()
    number = models.BigIntegerField()
    # When the newest message was written: after a lost log small numbers come again, but later.
    written_ms = models.BigIntegerField()
