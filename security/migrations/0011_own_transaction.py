"""A row of the operation log stands under the transaction that writes it: nobody chooses where it is sealed."""

from django.db import migrations

from security.access import policies


class Migration(migrations.Migration):
    dependencies = [("security", "0010_files_in_clear")]
    operations = [migrations.RunSQL(policies.OWN_TRANSACTION, policies.DROP_OWN_TRANSACTION)]
