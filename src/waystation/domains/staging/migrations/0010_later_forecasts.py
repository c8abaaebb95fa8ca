"""Of each request one later forecast is kept too: bands of those who wait are taken from these."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staging", "0009_outlook"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="forecast",
            name="forecast_recent",
        ),
        migrations.AddField(
            model_name="forecast",
            name="later",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="request",
            name="later_eta",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="later_forecast",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="later_forecasts",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="forecast",
            index=models.Index(fields=["backend", "later", "-id"], name="forecast_recent"),
        ),
    ]
