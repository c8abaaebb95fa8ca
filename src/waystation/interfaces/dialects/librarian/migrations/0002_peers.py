"""Files of other librarians, and files on their way to them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("librarian", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("partner_id", models.IntegerField()),
                ("key", models.CharField(max_length=64)),
                ("n", models.IntegerField()),
                ("name", models.TextField(db_collation="C")),
                ("status", models.SmallIntegerField(db_default=0, default=0)),
                ("remote_id", models.BigIntegerField(null=True)),
                ("place", models.TextField(db_default="", default="")),
                ("store_id", models.IntegerField(null=True)),
                ("created", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="incoming",
            name="begun",
            field=models.BooleanField(db_default=False, default=False),
        ),
        # Commits that were under way: 2 is STAGED.
        migrations.RunSQL(
            "UPDATE librarian_incoming SET begun = true WHERE status = 2",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name="incoming",
            name="call_due",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="incoming",
            name="calls",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="incoming",
            name="partner_id",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="incoming",
            name="source",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="incoming",
            name="source_transfer_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="incoming",
            name="uploader",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="incoming",
            index=models.Index(
                condition=models.Q(("call_due__isnull", False)),
                fields=["call_due"],
                name="libincoming_call",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(fields=["partner_id", "name"], name="liboutgoing_name"),
        ),
        migrations.AddConstraint(
            model_name="outgoing",
            constraint=models.UniqueConstraint(
                fields=("partner_id", "key", "n"), name="liboutgoing_once"
            ),
        ),
    ]
