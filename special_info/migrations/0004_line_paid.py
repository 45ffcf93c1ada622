"""A payment says by itself whether it was made: the codes of paying systems differ."""

from typing import ClassVar

from django.db import migrations, models

_TOLD = """
UPDATE special_info_agencyline SET paid = (result = 'OK') WHERE result IN ('OK', 'FAILED')
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("special_info", "0003_sealed_attributes")]

    operations: ClassVar = [
        migrations.AddField(
            "agencyline", "paid", models.BooleanField(blank=True, null=True, verbose_name="paid")
        ),
        migrations.RunSQL(_TOLD, migrations.RunSQL.noop),
    ]
