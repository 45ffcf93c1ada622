"""Row-level security of special information, and of its history."""

from django.db import migrations

from security.access import policies

MODELS = (
    "agencyagreement",
    "agencybatch",
    "agencyhandler",
    "controllingperson",
    "investorassessment",
    "taxcertification",
    "taxresidence",
)
TABLES = [*(f"special_info_{name}" for name in MODELS), "special_info_agencyline"]
HISTORIES = [f"special_info_historical{name}" for name in MODELS]


class Migration(migrations.Migration):
    dependencies = [("special_info", "0001_initial"), ("customers", "0011_erase")]
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
