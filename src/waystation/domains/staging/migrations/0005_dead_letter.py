"""Streams of news: how far they were heard, what could not be read, what is wrong with them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("staging", "0004_hot_recalls")]

    operations = [
        migrations.AddField(
            model_name="tapesystem",
            name="news",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("backend", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("place", models.TextField()),
                ("words", models.TextField()),
                ("raw", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["backend", "-id"], name="dead_recent")],
            },
        ),
        migrations.CreateModel(
            name="NewsMark",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "backend",
                        "part",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("backend", models.CharField(max_length=100)),
                ("part", models.TextField()),
                ("number", models.BigIntegerField()),
                ("written_ms", models.BigIntegerField()),
            ],
        ),
    ]
