"""Row-level security of figures of integrity; workers write them, the web reads them."""

from django.db import migrations

from security.access import policies

TABLE = "credentials_integrityresult"


class Migration(migrations.Migration):
    dependencies = [("credentials", "0006_integrity")]
    operations = [
        migrations.RunSQL(
            policies.enable(TABLE, policies.of_customer(f"{TABLE}.customer_id")), policies.disable(TABLE)
        ),
        migrations.RunSQL(policies.read_only(TABLE), policies.restored(TABLE)),
    ]
