"""When inputs of jobs were there, by which stage requests, and until when they were held."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_shares"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="ready",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="let_go",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="staged",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
    ]
