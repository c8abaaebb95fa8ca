"""When each tape's turn is, as the last forecast said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staging", "0008_library"),
    ]

    operations = [
        migrations.AddField(
            model_name="tapesystem",
            name="outlook",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
