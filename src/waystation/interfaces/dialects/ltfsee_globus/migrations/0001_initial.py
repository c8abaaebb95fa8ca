"""Files asked for, by path."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Wish",
            fields=[
                ("path", models.TextField(primary_key=True, serialize=False)),
                ("request", models.BigIntegerField()),
                ("number", models.IntegerField()),
                ("asked", models.DateTimeField()),
            ],
        )
    ]
