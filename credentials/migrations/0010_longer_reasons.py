"""A load's reason names every field that it kept as staff had made it, however many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("credentials", "0009_further_fields"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalcredential",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalcredentialverification",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
    ]
