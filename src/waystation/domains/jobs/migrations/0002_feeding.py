"""Jobs that sources gave us."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=100)),
                ("foreign_id", models.TextField(db_collation="C")),
                ("request_id", models.BigIntegerField(null=True)),
                ("taken", models.DateTimeField()),
                ("told", models.CharField(db_default="", default="", max_length=10)),
                ("due", models.DateTimeField(null=True)),
                ("busy", models.DateTimeField()),
                ("tries", models.IntegerField(db_default=0, default=0)),
                ("deaf", models.DateTimeField(null=True)),
                ("words", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due__isnull", False)),
                        fields=["source", "due"],
                        name="jobfed_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "foreign_id"), name="jobfed_once")
                ],
            },
        ),
    ]
