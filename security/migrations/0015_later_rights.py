"""Rights that came after roles were seeded: to the shipped roles of an installation that lack them.

Roles are seeded once and are the bank's from then on, so a right that a release adds reaches nobody by itself. Named here
as the release shipped them. A role of another name, and every other right, stays as the bank has made it.
"""

from typing import Any

from django.db import migrations

LATER: dict[str, tuple[str, ...]] = {
    "compliance.change": ("compliance", "client_system"),
    "contact.confirm": ("client_system",),
    "approval.view": (
        "teller",
        "branch_manager",
        "relationship_manager",
        "steward",
        "steward_supervisor",
        "compliance",
        "tax_clerk",
        "auditor",
        "operator",
        "administrator",
        "key_officer",
        "client_system",
        "operator_supervisor",
    ),
}


def give(apps: Any, _schema_editor: object) -> None:
    """Add each right to the roles that lack it; done again it changes nothing."""
    for right, codes in LATER.items():
        for role in apps.get_model("security", "Role").objects.filter(code__in=codes):
            if right not in role.permissions:
                role.permissions = [*role.permissions, right]
                role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("security", "0014_key_uses")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
