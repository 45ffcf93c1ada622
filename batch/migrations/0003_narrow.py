"""Rejected rows are the loader's, lookup entries are put and taken but never changed: not for the web to update."""

from django.db import migrations

from security.access import policies


class Migration(migrations.Migration):
    dependencies = [("batch", "0002_kept"), ("mdm", "0003_run_branch"), ("security", "0008_narrow")]
    operations = [
        migrations.RunSQL(policies.read_only("batch_rejectedrow"), policies.restored("batch_rejectedrow")),
        migrations.RunSQL(policies.never_updated("mdm_lookupentry"), policies.updatable("mdm_lookupentry")),
    ]
