"""Row-level security of what describes a customer, and of its history."""

from django.db import migrations

from security.access import policies

MODELS = (
    "agreement",
    "channelpreference",
    "consent",
    "customerevent",
    "financialstatement",
    "income",
    "rating",
    "restriction",
)
TABLES = [f"customers_{name}" for name in MODELS]
HISTORIES = [f"customers_historical{name}" for name in MODELS]


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_described")]
    operations = [
        *(
            migrations.RunSQL(
                policies.enable(name, policies.of_customer(f"{name}.customer_id")), policies.disable(name)
            )
            for name in (*TABLES, *HISTORIES)
        ),
        *(migrations.RunSQL(policies.append_only(name), policies.writable(name)) for name in HISTORIES),
        *(migrations.RunSQL(policies.never_deleted(name), policies.deletable(name)) for name in TABLES),
    ]
