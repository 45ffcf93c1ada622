"""Who sees a customer, as a condition that is quick to set up: the same decision as in 0006."""

from django.db import migrations

from security.access import policies


class Migration(migrations.Migration):
    dependencies = [("customers", "0025_list_order")]
    operations = [migrations.RunSQL(policies.SEES, migrations.RunSQL.noop)]
