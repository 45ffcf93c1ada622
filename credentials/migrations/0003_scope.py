"""Row-level security of credentials and their history."""

from django.db import migrations

from security.access import policies

TABLES = ("credentials_credential", "credentials_historicalcredential")


class Migration(migrations.Migration):
    dependencies = [("credentials", "0002_initial"), ("customers", "0003_scope")]
    operations = [
        *(
            migrations.RunSQL(
                policies.enable(name, policies.of_customer(f"{name}.customer_id")), policies.disable(name)
            )
            for name in TABLES
        ),
        migrations.RunSQL(policies.append_only(TABLES[1]), policies.writable(TABLES[1])),
        migrations.RunSQL(policies.never_deleted(TABLES[0]), policies.deletable(TABLES[0])),
    ]
