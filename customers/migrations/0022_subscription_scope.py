"""Row-level security of subscriptions: whoever may not see a customer any more is not told of it."""

from django.db import migrations

from security.access import policies

TABLE = "customers_subscription"


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_subscription")]
    operations = [
        migrations.RunSQL(
            policies.enable(TABLE, policies.of_customer(f"{TABLE}.customer_id")), policies.disable(TABLE)
        ),
    ]
