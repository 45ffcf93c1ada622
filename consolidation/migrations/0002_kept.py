"""What the application"s roles may not delete."""

from django.db import migrations

from security.access import policies

TABLES = ("consolidation_merge", "consolidation_reviewcase", "consolidation_nevermatch", "consolidation_signature")


class Migration(migrations.Migration):
    dependencies = [("consolidation", "0001_initial"), ("security", "0002_floor")]
    operations = [
        migrations.RunSQL(policies.never_deleted(table), policies.deletable(table)) for table in TABLES
    ]
