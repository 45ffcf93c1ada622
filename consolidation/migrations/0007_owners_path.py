"""What runs as the owner finds nothing that the web's role made for itself: temporary objects come last.

Here, above every app that has such a function, for what earlier releases installed.
"""

from django.db import migrations

from security.access import policies


class Migration(migrations.Migration):
    dependencies = [
        ("consolidation", "0006_written_further"),
        ("customers", "0029_further_fields"),
        ("security", "0014_key_uses"),
    ]
    operations = [
        migrations.RunSQL(policies.SEES, migrations.RunSQL.noop),
        migrations.RunSQL(policies.OWNERS_PATH, migrations.RunSQL.noop),
    ]
