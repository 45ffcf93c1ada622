"""A load's reason names every field that it kept as staff had made it, however many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0029_further_fields"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicaladdress",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalagreement",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalchannelpreference",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalconsent",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalcustomer",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalcustomerevent",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalcustomername",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicaldocument",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalemail",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalexpectedactivity",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalfinancialstatement",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalfurthercontact",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalincome",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalorganisationprofile",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalpersonprofile",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalphone",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalrating",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalrelationship",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="historicalrestriction",
            name="history_change_reason",
            field=models.CharField(max_length=2000, null=True),
        ),
    ]
