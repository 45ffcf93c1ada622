"""What a load leaves besides customers, and how all of it is taken away again."""

from django.db import connection

from batch.models import RejectedRow
from tests.support.database_roles import database_role

#: What stays: the keys and branches, so that digests and tokens of two loads are comparable, and what Django laid.
_KEPT = {
    "security_domainkey",
    "security_datakey",
    "security_rootkey",
    "security_organisation",
    "django_migrations",
    "django_content_type",
    "auth_permission",
    # only grow, whoever asks
    "security_operationlog",
    "security_auditseal",
    "security_auditverification",
}


def empty() -> None:
    """Empty every table but those that stay."""
    tables = [name for name in connection.introspection.table_names() if name not in _KEPT]
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables))


def rejected_rows() -> list[tuple[object, ...]]:
    """Every refused row with its place, code, reason and the line as it came."""
    rows = RejectedRow.objects.order_by("line", "code", "field")
    return [(row.line, row.field, row.code, row.reason, row.raw_line.open()) for row in rows]
