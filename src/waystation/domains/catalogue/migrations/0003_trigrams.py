import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_entry")]

    operations = [
        # A trusted extension: the owner of the database may have it.
        TrigramExtension(),
        migrations.AddIndex(
            model_name="entry",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="entry_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
