"""The persons who ask for and allow emergency access, as they were then."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("security", "0008_narrow"),
    ]

    operations = [
        migrations.AddField(
            model_name="breakglass",
            name="allowed_persons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32),
                default=list,
                size=None,
                verbose_name="persons who allowed it",
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="person",
            field=models.CharField(blank=True, max_length=32, verbose_name="person"),
        ),
    ]
