"""The one table: which of our requests a file of this dialect is in."""
# mypy: disable-error-code="var-annotated"

from django.db import models


class Wish(models.Model):
    """A file that somebody asked for and was told `archived`: one row a path, the latest.

    Clients of this dialect have no request ids; all they do is ask for the same path again. The
    row is how the next asking finds the file in our requests: before its recall is there (no
    second request), and after it has failed (the failure is told). It is a note, not a promise: a
    lost row costs one more request, which joins the same recall.
    """

    path = models.TextField(primary_key=True)
    # Our stage request and the file's number in it.
    request = models.BigIntegerField()
    number = models.IntegerField()
    asked = models.DateTimeField()
