"""Row-level security of checks of documents, and of their history."""

from django.db import migrations

from security.access import policies

TABLE, HISTORY = "credentials_credentialverification", "credentials_historicalcredentialverification"


class Migration(migrations.Migration):
    dependencies = [("credentials", "0004_lifecycle")]
    operations = [
        *(
            migrations.RunSQL(
                policies.enable(name, policies.of_customer(f"{name}.customer_id")), policies.disable(name)
            )
            for name in (TABLE, HISTORY)
        ),
        migrations.RunSQL(policies.append_only(HISTORY), policies.writable(HISTORY)),
        migrations.RunSQL(policies.never_deleted(TABLE), policies.deletable(TABLE)),
    ]
