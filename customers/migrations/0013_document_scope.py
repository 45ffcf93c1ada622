"""Row-level security of documents and their history."""

from django.db import migrations

from security.access import policies

TABLE, HISTORY = "customers_document", "customers_historicaldocument"


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_document")]
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
