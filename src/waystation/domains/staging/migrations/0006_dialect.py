"""In whose words a request's callback is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staging", "0005_dead_letter")]

    operations = [
        migrations.AddField(
            model_name="request",
            name="dialect",
            field=models.CharField(db_default="", default="", max_length=50),
        ),
    ]
