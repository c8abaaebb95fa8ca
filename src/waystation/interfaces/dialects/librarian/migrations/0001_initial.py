"""Files, instances, uploads, errors, levels and the one store of the wire."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("user_id", models.IntegerField(primary_key=True, serialize=False)),
                ("level", models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Shelf",
            fields=[
                ("space_id", models.IntegerField(primary_key=True, serialize=False)),
                ("enabled", models.BooleanField(db_default=True, default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Error",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("severity", models.CharField(max_length=20)),
                ("category", models.CharField(max_length=40)),
                ("message", models.TextField()),
                ("raised_time", models.DateTimeField()),
                ("cleared_time", models.DateTimeField(null=True)),
                ("cleared", models.BooleanField(db_default=False, default=False)),
                ("caller", models.TextField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-raised_time", "-id"], name="liberror_time"),
                    models.Index(
                        condition=models.Q(("cleared", False)),
                        fields=["-raised_time", "-id"],
                        name="liberror_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField(db_collation="C", unique=True)),
                ("size", models.BigIntegerField()),
                ("checksum", models.TextField()),
                ("uploader", models.TextField()),
                ("source", models.TextField()),
                ("create_time", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-create_time", "-id"], name="libfile_time"),
                    models.Index(
                        fields=["uploader", "-create_time", "-id"], name="libfile_uploader"
                    ),
                    models.Index(fields=["source", "-create_time", "-id"], name="libfile_source"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incoming",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("status", models.SmallIntegerField()),
                ("user_id", models.IntegerField()),
                ("name", models.TextField(db_collation="C")),
                ("upload_name", models.TextField()),
                ("folder", models.TextField()),
                ("size", models.BigIntegerField()),
                ("checksum", models.TextField()),
                ("part", models.TextField(db_default="", default="")),
                ("deletion_policy", models.SmallIntegerField(db_default=0, default=0)),
                ("created", models.DateTimeField()),
                ("due", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["folder"], name="libincoming_folder"),
                    models.Index(fields=["name"], name="libincoming_name"),
                    models.Index(fields=["due"], name="libincoming_due"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Instance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_id", models.BigIntegerField()),
                ("entry_id", models.BigIntegerField()),
                ("path", models.TextField(db_collation="C")),
                ("deletion_policy", models.SmallIntegerField()),
                ("created_time", models.DateTimeField()),
                ("available", models.BooleanField(db_default=True, default=True)),
                ("checked_checksum", models.TextField(null=True)),
                ("checked_size", models.BigIntegerField(null=True)),
                ("checked_time", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["file_id"], name="libinstance_file"),
                    models.Index(fields=["path"], name="libinstance_path"),
                    models.Index(fields=["-created_time", "-id"], name="libinstance_time"),
                ],
            },
        ),
    ]
