"""Keeping masked panoramas: under which key one may be given again, and when it may not.

The version of a customer is read off its rows: which rows are in force and by which transaction each was
last written (PostgreSQL's `xmin`). Nobody has to remember to count it up, whoever writes through whatever
door: online, by file, by merge, by rotation of keys. It tells of the rows that this reader sees, and so also which
those are; and it is read with the customer, in one statement.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

from django.db import models
from psycopg import sql

from customers.selectors.customer import GOLDEN, CustomerView, resolve, resolve_by, sought
from mdm.bulk.slots import Branch, Union
from mdm.bulk.tables import AnyField
from mdm.storage import cache as kept
from mdm.storage.edition import edition
from security.access.actor import Actor

#: One text of all rows (`consolidation/migrations/0005_written.py`). A transaction that has written sees what nobody
#: else may ever see: nothing is kept of it.
_VERSION = sql.SQL("""(SELECT panorama_written(
(SELECT g.id || g.members FROM customers_customer g WHERE g.id = {golden})) AS rows,
pg_current_xact_id_if_assigned() IS NOT NULL AS writing)""")


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
    """The customer of a number as `resolve` finds it, and its version: what is in force, and who wrote it last.

    None where nothing is kept: the cache is away, or this transaction has written itself.
    """
    if not kept.in_use():
        return resolve(actor, number), None
    view, found = resolve_by(_statement(), actor, number)
    (told,) = found["version"]
    return view, None if told["writing"] else told["rows"]


@cache
def _statement() -> Union:
    fields = (_column("rows", models.TextField()), _column("writing", models.BooleanField()))
    version = Branch("version", _VERSION.format(golden=GOLDEN), fields, sql.SQL(""))
    return Union([*sought(), version])


def _column(name: str, field: AnyField) -> AnyField:
    """A field of no model, for a column that is computed."""
    field.set_attributes_from_name(name)
    return field
