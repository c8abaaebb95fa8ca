"""When there was news of a list last; until now the moment it was sent stood for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staging", "0002_storage")]

    operations = [
        migrations.AddField(
            model_name="recalllist",
            name="heard",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE staging_recalllist SET heard = sent WHERE ended IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
