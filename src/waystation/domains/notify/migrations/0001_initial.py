"""Facts, deliveries, receivers, subscriptions."""

from django.db import migrations, models

import waystation.domains.notify.states


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Outbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("topic", models.CharField(max_length=100)),
                ("facts", models.JSONField()),
            ],
            options={
                "db_table": "outbox",
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receiver", models.CharField(max_length=300)),
                ("kind", models.CharField(max_length=20)),
                ("target", models.TextField()),
                ("owner_id", models.IntegerField()),
                ("topic", models.CharField(max_length=100)),
                ("about", models.CharField(max_length=100)),
                ("body", models.TextField()),
                ("media", models.CharField(max_length=100)),
                ("subject", models.CharField(max_length=300)),
                ("credential", models.CharField(max_length=100)),
                (
                    "state",
                    models.SmallIntegerField(
                        default=waystation.domains.notify.states.DeliveryState["PENDING"]
                    ),
                ),
                ("tries", models.IntegerField(db_default=0, default=0)),
                ("due", models.DateTimeField()),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("sent", models.DateTimeField(null=True)),
                ("error", models.TextField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state", waystation.domains.notify.states.DeliveryState["PENDING"])
                        ),
                        fields=["receiver", "due"],
                        name="delivery_pending",
                    ),
                    models.Index(fields=["owner_id", "-id"], name="delivery_owner"),
                    models.Index(
                        condition=models.Q(
                            ("state", waystation.domains.notify.states.DeliveryState["DEAD"])
                        ),
                        fields=["-id"],
                        name="delivery_dead",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receiver",
            fields=[
                ("key", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("due", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(db_default=0, default=0)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("due__isnull", False)),
                        fields=["due"],
                        name="receiver_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner_id", models.IntegerField(null=True)),
                ("topic", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=20)),
                ("target", models.TextField()),
                ("created", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner_id", "topic", "kind", "target"),
                        name="subscription_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
