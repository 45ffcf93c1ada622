"""Row-level security of certificates; they are never changed and never deleted, but with their customer."""

from django.db import migrations

from security.access import policies

TABLE = "customers_historycertificate"


class Migration(migrations.Migration):
    dependencies = [("customers", "0019_history_certificate")]
    operations = [
        migrations.RunSQL(
            policies.enable(TABLE, policies.of_customer(f"{TABLE}.customer_id")), policies.disable(TABLE)
        ),
        migrations.RunSQL(policies.append_only(TABLE), policies.writable(TABLE)),
    ]
