"""Room on the page for rows that change state, and a vacuum that keeps up with them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("staging", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE staging_item SET (fillfactor = 75,"
            " autovacuum_vacuum_scale_factor = 0.05)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "ALTER TABLE staging_recall SET (fillfactor = 60,"
            " autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "ALTER TABLE staging_queue SET (fillfactor = 50,"
            " autovacuum_vacuum_scale_factor = 0.02)",
            migrations.RunSQL.noop,
        ),
    ]
