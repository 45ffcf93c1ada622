"""A load's reason names every field that it kept as staff had made it, however many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("special_info", "0005_further_fields"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalagencyagreement",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalagencybatch",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalagencyhandler",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalcontrollingperson",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalinvestorassessment",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicaltaxcertification",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicaltaxresidence",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
    ]
