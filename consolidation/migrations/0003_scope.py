"""Row-level security of decisions about pairs: seen by who sees one of the two.

The selectors ask for both. The floor asks for one, because a merge at one branch must close or re-point the
cases that its customers have with customers of another: a row that it could not see would stay wrong.
Signatures are exempt, as the lookup index is: they hold digests, and matching compares the whole bank.
"""

from django.db import migrations

from security.access import policies

TABLES = ("consolidation_reviewcase", "consolidation_nevermatch", "consolidation_merge")


def _either(table: str) -> str:
    return f"EXISTS (SELECT 1 FROM customers_customer c WHERE c.id IN ({table}.customer_id, {table}.other_id))"


class Migration(migrations.Migration):
    dependencies = [("consolidation", "0002_kept"), ("customers", "0006_access")]
    operations = [
        migrations.RunSQL(policies.enable(table, _either(table)), policies.disable(table)) for table in TABLES
    ]
