"""Writing the operation log: one row for each operation, in its transaction; one for each customer shown."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from security.access.actor import Actor
from security.access.prepared import fetch
from security.audit.reasons import refuse_sensitive
from security.models import OperationLog

#: What `result` says of an operation that was done, and of one that was refused.
DONE, REFUSED = "ok", "refused"
#: The action of a row that says: this customer was shown, by the operation that its details name.
SHOWN = "customer.shown"


def record(
    actor: Actor,
    action: str,
    at: datetime,
    *,
    subject: str = "",
    object_id: int | None = None,
    customer_id: int | None = None,
    fields: dict[str, Any] | None = None,
    reason: str = "",
    result: str = DONE,
    code: str = "",
    shown: Iterable[int] = (),
) -> OperationLog:
    """Write one operation. `fields` names what was touched (fields, counts, history rows), never values;
    `shown` are the customers that a list or a search shows, and each gets a row of its own.

    Raises Invalid `reason.sensitive`: so no reason of anything that is logged holds a number of a customer.
    """
    entry = _entry(actor, action, at, reason)
    entry.subject, entry.object_id, entry.customer_id = subject, object_id, customer_id
    entry.fields, entry.result = {**(fields or {}), **entry.fields}, result
    entry.code = code[:60]
    _insert(entry)
    record_shown(actor, action, at, shown)
    return entry


#: Fields whose values psycopg does not take as they are.
_PREPARED = (models.JSONField, models.GenericIPAddressField)


def _insert(entry: OperationLog) -> None:
    """Save a new row as Django would: building its SQL each time takes longer than running it."""
    statement, fields = _insertion()
    database = connections[DEFAULT_DB_ALIAS]  # not the proxy, which looks for the thread's own at every step
    told = [
        field.get_db_prep_save(value, database) if isinstance(field, _PREPARED) else value
        for field in fields
        for value in (getattr(entry, field.attname),)
    ]
    ((entry.pk, tx),) = fetch(statement, told)
    entry.tx = int(tx)
    entry._state.adding, entry._state.db = False, database.alias


@cache
def _insertion() -> tuple[str, list[models.Field[Any, Any]]]:
    """The statement that inserts a row, and the fields that it takes: all but those that the database fills."""
    fields = [field for field in OperationLog._meta.concrete_fields if field.name not in ("id", "tx")]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = OperationLog._meta.db_table
    return f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) RETURNING id, tx', fields  # noqa: S608 (our own names)


def record_pairs(
    actor: Actor, action: str, at: datetime, pairs: Sequence[tuple[int, int]], *, reason: str
) -> None:
    """Write one operation for each (customer, other customer), all in one statement."""
    entries = []
    for customer_id, other_id in pairs:
        entry = _entry(actor, action, at, reason)
        entry.subject, entry.customer_id, entry.object_id = "customer", customer_id, other_id
        entries.append(entry)
    OperationLog.objects.bulk_create(entries, batch_size=1000)


def record_shown(actor: Actor, action: str, at: datetime, customer_ids: Iterable[int]) -> None:
    """Write one row for each customer that the operation `action` shows, all in one statement."""
    shown = list(dict.fromkeys(customer_ids))
    if not shown:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SHOWN, [*_told(actor, at), SHOWN, json.dumps({"by": action, **_approved(actor)}), DONE, shown]
        )


def record_refused(
    actor: Actor,
    action: str,
    at: datetime,
    code: str,
    *,
    fields: dict[str, Any] | None = None,
    customer_id: int | None = None,
) -> OperationLog:
    """Write an attempt that was refused; called where the refusal is answered, after the rollback of what it
    would have done, so that this row stays."""
    return record(
        actor,
        action[:60],
        at,
        subject="refusal",
        customer_id=customer_id,
        fields=fields,
        result=REFUSED,
        code=code,
    )


_SHOWN = """
INSERT INTO security_operationlog
    (at, actor, actor_id, roles, org_code, channel, address, request_id, action, fields, result,
     customer_id, subject, reason)
SELECT %s, %s, %s::bigint, %s, %s, %s, %s::inet, %s, %s, %s::jsonb, %s, shown.id, 'customer', ''
FROM unnest(%s::bigint[]) WITH ORDINALITY shown(id, place) ORDER BY shown.place
"""


def _told(actor: Actor, at: datetime) -> list[Any]:
    """The columns that say who and when, in the order of `_SHOWN`."""
    row = _entry(actor, "", at, "")
    who = (row.actor, row.actor_id, row.roles, row.org_code)
    return [row.at, *who, row.channel, row.address, row.request_id]


def _entry(actor: Actor, action: str, at: datetime, reason: str) -> OperationLog:
    """A row that says who did what, when, through which door, and why; Invalid `reason.sensitive`."""
    refuse_sensitive(reason)
    return OperationLog(
        at=at,
        actor=actor.name,
        actor_id=actor.user_id,
        roles=",".join(actor.roles)[:200],
        org_code=actor.org_code,
        channel=actor.channel,
        address=actor.address,
        request_id=actor.request_id,
        action=action,
        reason=reason[:200],
        fields=_approved(actor),
    )


def _approved(actor: Actor) -> dict[str, Any]:
    """Under which approval it was done, and who gave it; nothing for what was done alone."""
    if actor.approval is None:
        return {}
    return {"approval": {"request": actor.approval.request_id, "by": list(actor.approval.approvers)}}
