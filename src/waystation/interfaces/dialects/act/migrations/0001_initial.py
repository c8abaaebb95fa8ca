"""Jobs as clients of aCT know them, and the proxies that they delegated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.IntegerField()),
                ("proxy_id", models.BigIntegerField(null=True)),
                ("created", models.DateTimeField()),
                ("modified", models.DateTimeField()),
                ("clusterlist", models.TextField()),
                ("space", models.TextField()),
                ("jobname", models.TextField(null=True)),
                ("jobdesc", models.TextField(null=True)),
                ("request_id", models.BigIntegerField(null=True)),
                ("fetched", models.BooleanField(db_default=False, default=False)),
                ("gone", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user_id", "id"], name="actjob_owner"),
                    models.Index(
                        condition=models.Q(("request_id__isnull", True)),
                        fields=["created"],
                        name="actjob_open",
                    ),
                    models.Index(
                        condition=models.Q(("gone", True)), fields=["id"], name="actjob_gone"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proxy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.IntegerField()),
                ("dn", models.TextField()),
                ("attribute", models.TextField(db_default="", default="")),
                ("sealed", models.BinaryField()),
                ("created", models.DateTimeField()),
                ("renewed", models.DateTimeField()),
                ("expires", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires"], name="actproxy_expires")],
                "constraints": [
                    models.UniqueConstraint(fields=("dn", "attribute"), name="actproxy_once")
                ],
            },
        ),
    ]
