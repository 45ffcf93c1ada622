"""What the application"s roles may not delete."""

from django.db import migrations

from security.access import policies

TABLES = ("mdm_jobrun", "mdm_storedobject")


class Migration(migrations.Migration):
    dependencies = [("mdm", "0001_initial"), ("security", "0002_floor")]
    operations = [
        migrations.RunSQL(policies.never_deleted(table), policies.deletable(table)) for table in TABLES
    ]
