"""Whether the geometry of a cartridge may be relied on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staging", "0006_dialect")]

    operations = [
        migrations.CreateModel(
            name="TapeTrust",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "backend",
                        "tape",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("backend", models.CharField(max_length=100)),
                ("tape", models.CharField(max_length=100)),
                ("zones", models.JSONField()),
                ("list_id", models.BigIntegerField()),
                ("changed", models.DateTimeField()),
            ],
        ),
    ]
