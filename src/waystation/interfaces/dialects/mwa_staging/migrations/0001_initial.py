"""Observations to be looked up, and names that paths do not give back."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LookUp",
            fields=[
                ("job_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("owner_id", models.IntegerField()),
                ("notify_url", models.TextField()),
                ("obs_id", models.BigIntegerField(null=True)),
                ("start_time", models.BigIntegerField()),
                ("duration", models.BigIntegerField()),
                ("created", models.DateTimeField()),
                ("due", models.DateTimeField()),
                ("tries", models.SmallIntegerField(db_default=0, default=0)),
            ],
            options={"indexes": [models.Index(fields=["due"], name="lookup_due")]},
        ),
        migrations.CreateModel(
            name="OddNames",
            fields=[
                ("request_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                (
                    "paths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
            ],
        ),
    ]
