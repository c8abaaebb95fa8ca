"""Requests that ended are found by when they did."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_begins"),
        ("staging", "0010_later_forecasts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                condition=models.Q(("finished__isnull", False)),
                fields=["finished"],
                name="request_ended",
            ),
        ),
    ]
