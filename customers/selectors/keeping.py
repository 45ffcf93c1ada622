"""Keeping masked panoramas: under which key one may be given again, and when it may not.

The version of a customer is read off its rows: which rows are in force and by which transaction each was
last written (PostgreSQL's `xmin`). Nobody has to remember to count it up, whoever writes through whatever
door: online, by file, by merge, by rotation of keys. It is read under row-level security like the rows
themselves, so that it also says which of them this reader sees; and with the customer, in one statement.
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
from mdm.subjects import Facet, registry
from security.access.actor import Actor

_IDS = sql.SQL("(SELECT m.ids FROM m)::bigint[]")
#: One text of all rows. A transaction that has written sees what nobody else may ever see: nothing is kept of it.
_VERSION = sql.SQL("""(
WITH m AS MATERIALIZED (SELECT g.id || g.members AS ids FROM customers_customer g WHERE g.id = {golden})
SELECT string_agg(r.place || ':' || r.id || ':' || r.written, ' ' ORDER BY r.place, r.id) AS rows,
pg_current_xact_id_if_assigned() IS NOT NULL AS writing FROM ({parts}) r(place, id, written))""")
_ROW = "(SELECT {}::int4, t.id, t.xmin::text FROM {} t WHERE {} = ANY({}) AND {})"
_BRANCHES = """(SELECT -2, o.id::int8, o.xmin::text FROM security_organisation o
WHERE o.id IN (SELECT c.org_id FROM customers_customer c WHERE c.id = ANY({ids})
UNION SELECT h.org_id FROM customers_historicalcustomer h WHERE h.id = ANY({ids})))"""


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
    parts = [_rows(at, facet) for at, facet in enumerate(registry.facets())]
    issues = _part(-3, "mdm_qualityissue", "customer_id", "t.state = 'OPEN'")
    every = sql.SQL(" UNION ALL ").join([*parts, issues, sql.SQL(_BRANCHES).format(ids=_IDS)])
    fields = (_column("rows", models.TextField()), _column("writing", models.BooleanField()))
    version = Branch("version", _VERSION.format(golden=GOLDEN, parts=every), fields, sql.SQL(""))
    return Union([*sought(), version])


def _column(name: str, field: AnyField) -> AnyField:
    """A field of no model, for a column that is computed."""
    field.set_attributes_from_name(name)
    return field


def _rows(number: int, facet: Facet) -> sql.Composed:
    owner = "id" if facet.name == "customer" else "customer_id"
    return _part(number, facet.model._meta.db_table, owner, "t.status = 'ACTIVE'")


def _part(number: int, table: str, owner: str, holds: str) -> sql.Composed:
    return sql.SQL(_ROW).format(
        sql.Literal(number), sql.Identifier(table), sql.Identifier("t", owner), _IDS, sql.SQL(holds)
    )
