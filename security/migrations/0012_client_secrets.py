"""A new secret of a client system is made when it is told, to who asked for it, after a second person agreed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("security", "0011_own_transaction")]
    operations = [
        migrations.AddField(
            "apiclient", "due", models.JSONField(blank=True, default=dict, verbose_name="to be collected")
        ),
    ]
