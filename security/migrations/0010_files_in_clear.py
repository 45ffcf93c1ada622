"""A showing of clear values may be of a file, which names no customer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("security", "0009_breakglass_persons")]
    operations = [
        migrations.AlterField(
            "reveal", "customer_id", models.BigIntegerField(null=True, verbose_name="customer")
        ),
    ]
