"""The web role reads the bank's own rules of approval and writes none: they are the operator's."""

from django.db import migrations

from security.access import policies

_RULES = "approvals_approvalrule"


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_floor")]
    operations = [
        migrations.RunSQL(
            policies.read_only(_RULES),
            f"{policies.restored(_RULES)} {policies.never_deleted(_RULES)}",
        ),
    ]
