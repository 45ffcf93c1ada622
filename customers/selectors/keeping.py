"""Keeping masked panoramas: under which key one may be given again, and when it may not.

The version of a customer is read off its rows: which rows are in force and by which transaction each was
last written (PostgreSQL's `xmin`). Nobody has to remember to count it up, whoever writes through whatever
door: online, by file, by merge, by rotation of keys. It is read under row-level security like the rows
themselves, so that it also says which of them this reader sees.
"""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from psycopg import sql

from mdm.storage import cache as kept
from mdm.storage.edition import edition
from mdm.subjects import Facet, registry
from security.access.prepared import IDS, fetch

_ROW = "(SELECT {}::int4, t.id, t.xmin::text::int8 FROM {} t WHERE {} = ANY({}) AND {})"
#: A transaction that has written sees what nobody else may ever see: nothing is kept of it.
_WRITING = "(SELECT -1, 0::int8, pg_current_xact_id_if_assigned()::text::int8)"
_BRANCHES = """(SELECT -2, o.id::int8, o.xmin::text::int8 FROM security_organisation o
WHERE o.id IN (SELECT c.org_id FROM customers_customer c WHERE c.id = ANY({ids})
UNION SELECT h.org_id FROM customers_historicalcustomer h WHERE h.id = ANY({ids})))"""


def kept_json(member_ids: Sequence[int], seen_as: tuple[Any, ...], compute: Callable[[], bytes]) -> bytes:
    """The JSON of the customer with these members for one way of seeing it: kept, or computed and kept.

    `seen_as` is all that the answer depends on besides the rows: mask profile, language, day and so on.
    """
    version = _version(member_ids) if kept.in_use() else None
    if version is None:
        return compute()
    told = sha256(repr((edition(), version, seen_as)).encode()).hexdigest()
    return bytes(kept.remember(f"panorama:{member_ids[0]}:{told}", compute))


def _version(member_ids: Sequence[int]) -> list[tuple[Any, ...]] | None:
    """What is in force, and who wrote it last; None inside a transaction that has written itself."""
    rows = fetch(_statement(), {"ids": list(member_ids)})
    if any(place == -1 and written is not None for place, _row, written in rows):
        return None
    return sorted(rows, key=lambda row: row[:2])


@cache
def _statement() -> str:
    parts = [_rows(at, facet) for at, facet in enumerate(registry.facets())]
    issues = _part(-3, "mdm_qualityissue", "customer_id", "t.state = 'OPEN'")
    branches = sql.SQL(_BRANCHES).format(ids=IDS)
    return sql.SQL(" UNION ALL ").join([*parts, issues, branches, sql.SQL(_WRITING)]).as_string()


def _rows(number: int, facet: Facet) -> sql.Composed:
    owner = "id" if facet.name == "customer" else "customer_id"
    return _part(number, facet.model._meta.db_table, owner, "t.status = 'ACTIVE'")


def _part(number: int, table: str, owner: str, holds: str) -> sql.Composed:
    return sql.SQL(_ROW).format(
        sql.Literal(number), sql.Identifier(table), sql.Identifier("t", owner), IDS, sql.SQL(holds)
    )
