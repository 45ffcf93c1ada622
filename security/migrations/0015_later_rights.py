"""Rights that came after roles were seeded: to the shipped roles of an installation that lack them.

Roles are seeded once and are the bank's from then on, so a right that a release adds reaches nobody by itself. Named here
as the release shipped them. A role of another name, and every other right, stays as the bank has made it.
"""

from typing import Any

from django.db import migrations
from django.utils import timezone

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
    """Add to each role the rights that it lacks, and say so in the operation log; done again it changes nothing."""
    for role in apps.get_model("security", "Role").objects.order_by("pk"):
        lacked = [
            right for right, codes in LATER.items() if role.code in codes and right not in role.permissions
        ]
        if lacked:
            role.permissions = [*role.permissions, *lacked]
            role.save(update_fields=["permissions"])
            apps.get_model("security", "OperationLog").objects.create(
                at=timezone.now(),
                actor="system:migrate",
                channel="SYSTEM",
                action="role.change",
                subject="role",
                object_id=role.pk,
                fields={"role": role.code, "given": lacked},
                reason="a release adds these rights to the shipped roles",
            )


class Migration(migrations.Migration):
    dependencies = [("security", "0014_key_uses")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
