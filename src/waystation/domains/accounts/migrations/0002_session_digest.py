"""Find a browser session by the digest that its reading cookie carries."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX session_digest ON django_session (md5(session_key))",
            "DROP INDEX session_digest",
        )
    ]
