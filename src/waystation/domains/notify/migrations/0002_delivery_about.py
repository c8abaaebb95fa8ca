"""Deliveries are found by what they are about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notify", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["about"], name="delivery_about"),
        )
    ]
