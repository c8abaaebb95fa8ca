"""A file that comes online changes no indexed column: indexes name `due` and `list_id`, no state."""

from django.db import migrations, models

_FIT = """
  UPDATE staging_recall SET due = CASE WHEN state IN (0, 3) THEN due END,
    list_id = CASE WHEN state = 2 THEN list_id WHEN state = 4 THEN 0 END
"""


class Migration(migrations.Migration):
    dependencies = [("staging", "0003_heard")]

    operations = [
        migrations.RemoveIndex(model_name="recall", name="recall_queued"),
        migrations.RemoveIndex(model_name="recall", name="recall_due"),
        migrations.AlterField(
            model_name="recall", name="due", field=models.DateTimeField(null=True)
        ),
        migrations.RunSQL(_FIT, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(
                condition=models.Q(("due__isnull", True), ("list_id__isnull", True)),
                fields=["backend", "tape"],
                name="recall_queued",
            ),
        ),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(
                condition=models.Q(("due__isnull", False), ("list_id__isnull", True)),
                fields=["backend", "due"],
                name="recall_due",
            ),
        ),
    ]
