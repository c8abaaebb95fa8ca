"""Shares of owners, and where inputs of requests are."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_feeding"),
    ]

    operations = [
        migrations.AddField(
            model_name="request",
            name="share",
            field=models.FloatField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="request",
            name="holders",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], default=list, size=None
            ),
        ),
    ]
