"""Keeping masked panoramas: under which key one may be given again, and when it may not.

The version of a customer is read off its rows: which rows are in force and by which transaction each was
last written (PostgreSQL's `xmin`). Nobody has to remember to count it up, whoever writes through whatever
door: online, by file, by merge, by rotation of keys. It tells of the rows that this reader sees, and so also which
those are; and it is read with the customer, in one statement.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from inspect import get_annotations
from typing import Any

from django.db import models
from psycopg import sql

from customers.models import Customer
from customers.selectors.customer import CustomerView, golden_row, resolve, resolve_by
from mdm.bulk.slots import Union
from mdm.bulk.tables import AnyField
from mdm.storage import cache as kept
from mdm.storage.edition import edition
from security.access.actor import Actor
from security.access.rights import Placed

#: Customers, and one text of all rows of each (`consolidation/migrations/0005_written.py`). A transaction that has
#: written sees what nobody else may ever see: nothing is kept of it.
_VERSIONED = sql.SQL("""(SELECT c.*, panorama_written(c.id || c.members) AS rows,
pg_current_xact_id_if_assigned() IS NOT NULL AS writing FROM customers_customer c)""")


def kept_json(
    golden_id: int, version: str | None, seen_as: tuple[Any, ...], compute: Callable[[], bytes]
) -> bytes:
    """The JSON of a golden customer for one way of seeing it: kept, or computed and kept; None is never kept.

    `seen_as` is all that the answer depends on besides the rows: mask profile, language, day and so on.
    """
    if version is None:
        return compute()
    told = sha256(repr((edition(), version, seen_as)).encode()).hexdigest()
    return bytes(kept.remember(f"panorama:{golden_id}:{told}", compute))


def versioned(actor: Actor, number: str) -> tuple[CustomerView, str | None]:
    """The customer of a number and its version: what is in force, and who wrote it last; raises as `resolve`.

    It holds no more than rights and members are told by, enough to find what was kept (`whole` reads the rest). None
    where nothing is kept: the cache is away, or this transaction has written itself.
    """
    if not kept.in_use():
        return resolve(actor, number), None
    view, told = resolve_by(_statement(), actor, number)
    return view, None if told["writing"] else told["rows"]


@cache
def _statement() -> Union:
    seen = {*get_annotations(Placed), "id", "members"}
    fields = [field for field in Customer._meta.concrete_fields if field.attname in seen]
    told = (_column("rows", models.TextField()), _column("writing", models.BooleanField()))
    return Union([golden_row(_VERSIONED, (*fields, *told))])


def _column(name: str, field: AnyField) -> AnyField:
    """A field of no model, for a column that is computed."""
    field.set_attributes_from_name(name)
    return field
