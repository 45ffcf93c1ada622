"""The change request under which a rule of the bank's own was written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_rules_read_only")]
    operations = [
        migrations.AddField(
            "approvalrule",
            "source",
            models.BigIntegerField(default=0, verbose_name="change request"),
        ),
    ]
