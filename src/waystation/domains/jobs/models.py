"""Tables of jobs."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Cluster(models.Model):
    """A batch system of the settings, and how it was seen last."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=30)
    # Takes no new jobs; those that it has go on.
    drained = models.BooleanField(default=False, db_default=False)
    most = models.IntegerField()
    slots = models.IntegerField(null=True)
    free = models.IntegerField(null=True)
    queued = models.IntegerField(default=0, db_default=0)
    running = models.IntegerField(default=0, db_default=0)
    open = models.BooleanField(default=False, db_default=False)
    queues = models.BooleanField(default=True, db_default=True)
    words = models.TextField(default="", db_default="")
    due = models.DateTimeField()
    seen = models.DateTimeField(null=True)


class Request(models.Model):
    """Jobs that were asked for together."""

    owner_id = models.IntegerField()
    # The caller's own name of it; empty is none.
    key = models.CharField(max_length=200, null=True)
    # Of the names of its runs at clusters: no other installation, or earlier life, has it.
    token = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    wish = models.JSONField()
    clusters = ArrayField(models.TextField(), default=list)
    after = ArrayField(models.BigIntegerField(), default=list)
    priority = models.SmallIntegerField()
    cpus = models.IntegerField()
    # Of its owner among others, when it was made.
    share = models.FloatField(default=1, db_default=1)
    # Names of spaces and stores that its inputs are in.
    holders = ArrayField(models.TextField(), default=list, db_default=[])
    created = models.DateTimeField()
    # Of its inputs: looked at then; empty when nothing is to come any more.
    due = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0, db_default=0)
    words = models.TextField(default="", db_default="")
    finished = models.DateTimeField(null=True)
    # Stage requests by which inputs came up from tape, and when these were held no longer.
    staged = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    released = models.BooleanField(default=False, db_default=False)
    let_go = models.DateTimeField(null=True)
    jobs = models.IntegerField()
    n_waiting = models.IntegerField()
    n_sent = models.IntegerField(default=0, db_default=0)
    n_running = models.IntegerField(default=0, db_default=0)
    n_done = models.IntegerField(default=0, db_default=0)
    n_failed = models.IntegerField(default=0, db_default=0)
    n_cancelled = models.IntegerField(default=0, db_default=0)

    class Meta:
        """A key is used once by an owner; those that wait; an owner's newest."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_id", "key"], name="jobrequest_key")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due"], name="jobrequest_due", condition=models.Q(due__isnull=False)
            ),
            models.Index(fields=["owner_id", "-id"], name="jobrequest_owner"),
            models.Index(
                fields=["owner_id", "-priority", "id"],
                name="jobrequest_open",
                condition=models.Q(finished__isnull=True),
            ),
            models.Index(
                fields=["finished"],
                name="jobrequest_unreleased",
                condition=models.Q(released=False, finished__isnull=False),
            ),
        ]


class Job(models.Model):
    """One command that runs once to its end, however often it must be tried."""

    request_id = models.BigIntegerField()
    n = models.IntegerField()
    item = models.TextField(null=True)
    state = models.SmallIntegerField()
    changed = models.DateTimeField()
    # Looked at then; empty when nothing is to be done.
    due = models.DateTimeField(null=True)
    # Somebody wants it stopped.
    stop = models.BooleanField(default=False, db_default=False)
    # Of the run now: its number, where, and whether the cluster was asked.
    attempt = models.SmallIntegerField(default=0, db_default=0)
    # So many runs it may have.
    attempts = models.SmallIntegerField()
    cluster_id = models.IntegerField(null=True)
    asked = models.BooleanField(default=False, db_default=False)
    handle = models.TextField(default="", db_default="")
    tries = models.IntegerField(default=0, db_default=0)
    words = models.TextField(default="", db_default="")
    # As its cluster said last; of the run that ended, when there is none now.
    foreign_state = models.TextField(default="", db_default="")
    outcome = models.TextField(default="", db_default="")
    blame = models.CharField(max_length=10, default="", db_default="")
    exit_code = models.IntegerField(null=True)
    node = models.TextField(default="", db_default="")
    # Its inputs were there; empty when it has none.
    ready = models.DateTimeField(null=True)
    sent = models.DateTimeField(null=True)
    began = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    cpu_s = models.FloatField(null=True)
    peak = models.BigIntegerField(null=True)

    class Meta:
        """A number is used once; those that are due at a cluster; those that wait for room."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request_id", "n"], name="job_number")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["cluster_id", "state", "due"],
                name="job_due",
                condition=models.Q(due__isnull=False),
            ),
            models.Index(
                fields=["request_id", "n"], name="job_ready", condition=models.Q(state=2)
            ),
        ]


class Run(models.Model):
    """A run of a job that is over: its history, and its folder until that is taken away."""

    pk = models.CompositePrimaryKey("job_id", "attempt")
    job_id = models.BigIntegerField()
    attempt = models.SmallIntegerField()
    request_id = models.BigIntegerField()
    n = models.IntegerField()
    cluster_id = models.IntegerField()
    handle = models.TextField()
    outcome = models.TextField()
    blame = models.CharField(max_length=10)
    exit_code = models.IntegerField(null=True)
    words = models.TextField()
    node = models.TextField()
    sent = models.DateTimeField(null=True)
    began = models.DateTimeField(null=True)
    ended = models.DateTimeField()
    # Its folder goes then; empty once it is gone.
    clean_due = models.DateTimeField(null=True)

    class Meta:
        """Folders that are to go."""

        indexes: ClassVar = [
            models.Index(
                fields=["cluster_id", "clean_due"],
                name="run_clean",
                condition=models.Q(clean_due__isnull=False),
            ),
            models.Index(fields=["request_id", "n"], name="run_request"),
        ]


class Fed(models.Model):
    """A job that a source gave us: known by its name there before anything of it runs."""

    source = models.CharField(max_length=100)
    foreign_id = models.TextField(db_collation="C")
    # Of one job; empty when it was refused.
    request_id = models.BigIntegerField(null=True)
    taken = models.DateTimeField()
    # What its source has heard: a `Stage`; empty is nothing yet.
    told = models.CharField(max_length=10, default="", db_default="")
    # The source is told again then; empty when it has heard the last word.
    due = models.DateTimeField(null=True)
    # Whoever tells it has it until then.
    busy = models.DateTimeField()
    tries = models.IntegerField(default=0, db_default=0)
    # It has not heard us since.
    deaf = models.DateTimeField(null=True)
    # Why it was refused, or given up.
    words = models.TextField(default="", db_default="")

    class Meta:
        """Taken once; those that have something to be told."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "foreign_id"], name="jobfed_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["source", "due"],
                name="jobfed_due",
                condition=models.Q(due__isnull=False),
            ),
        ]


class Output(models.Model):
    """A file that a job left, in a space."""

    pk = models.CompositePrimaryKey("job_id", "name")
    job_id = models.BigIntegerField()
    name = models.TextField()
    request_id = models.BigIntegerField()
    n = models.IntegerField()
    space = models.CharField(max_length=100)
    path = models.TextField()
    entry_id = models.BigIntegerField(null=True)
    size = models.BigIntegerField()
    sha256 = models.TextField()
    words = models.TextField()

    class Meta:
        """What a request left; where a file came from."""

        indexes: ClassVar = [
            models.Index(fields=["request_id", "n"], name="output_request"),
            models.Index(
                fields=["entry_id"],
                name="output_entry",
                condition=models.Q(entry_id__isnull=False),
            ),
        ]
