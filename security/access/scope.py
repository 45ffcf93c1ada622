"""Row scope: the one place that narrows reads to the branches an actor may see.

Twice: as a filter that uses the index on `org_path`, and as a setting that the row-level security
policies of the web role read (`security/migrations/0002`), so that a forgotten filter shows nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet

from security.access.actor import EVERYWHERE, Actor

M = TypeVar("M", bound=Model)

#: The PostgreSQL setting that the policies read: an array literal of branch ids.
SETTING = "panorama.orgs"


def scope_q(actor: Actor, permission: str, path: str = "org_path") -> Q:
    """Rows whose branch path crosses a branch at which the actor holds the permission."""
    orgs = actor.orgs(permission)
    return Q() if orgs is None else Q(**{f"{path}__overlap": sorted(orgs)})


def scoped(rows: QuerySet[M], actor: Actor, permission: str, path: str = "org_path") -> QuerySet[M]:
    """`rows` narrowed to what the actor may see; NotAllowed where the permission is held nowhere."""
    actor.require(permission)
    return rows.filter(scope_q(actor, permission, path))


def scope_setting(actor: Actor, permission: str) -> str:
    """What the policies are told: an array literal of branch ids (`{}` sees nothing)."""
    orgs = actor.orgs(permission)
    return "{" + ",".join(str(org) for org in ([EVERYWHERE] if orgs is None else sorted(orgs))) + "}"


@contextmanager
def in_scope(actor: Actor, permission: str) -> Iterator[None]:
    """A transaction whose reads row-level security narrows to the actor's branches.

    The one wrapper around `SET LOCAL`: the setting ends with the transaction, and an inner use
    gives the outer one back its own.
    """
    actor.require(permission)
    with transaction.atomic(), connection.cursor() as cursor:
        before = _setting(cursor, scope_setting(actor, permission))
        try:
            yield
        finally:
            if not connection.needs_rollback:
                _setting(cursor, before)


def _setting(cursor: object, value: str) -> str:
    """Set the scope for this transaction and return what it was."""
    execute, fetchone = cursor.execute, cursor.fetchone  # type: ignore[attr-defined]
    execute(
        "SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true)", [SETTING, SETTING, value]
    )
    return str(fetchone()[0])
