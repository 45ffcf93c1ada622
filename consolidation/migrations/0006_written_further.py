"""What is kept of a customer depends on its further contacts and its expected activity, too."""

from importlib import import_module

from django.db import migrations

_before = import_module("consolidation.migrations.0005_written")
FACETS = (*_before.FACETS, "customers_furthercontact", "customers_expectedactivity")


class Migration(migrations.Migration):
    dependencies = [
        ("consolidation", "0005_written"),
        ("customers", "0029_further_fields"),
    ]
    operations = [migrations.RunSQL(_before.written(FACETS), _before.written(_before.FACETS))]
