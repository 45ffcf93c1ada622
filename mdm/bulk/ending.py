"""Ending what a source tells no more: the rows of source records that a full delivery left out."""

from collections.abc import Sequence

from django.db import connection
from psycopg import sql

from mdm.bulk.changing import refresh
from mdm.bulk.rows import write_history_of
from mdm.bulk.stamp import Stamp
from mdm.history.models import Status
from mdm.subjects import Facet, registry

#: The content digest of a source record that tells nothing: whatever it tells next is new.
NOTHING = b""


def end_source_records(customer_ids: Sequence[int], source_system: str, stamp: Stamp) -> int:
    """End the rows that one source told of these customers. Returns how many source records ended.

    The customers' own rows stay: their life cycle is the bank's decision, and no file's.
    """
    lock = registry.facet("customer").lock
    if lock is not None:
        lock(customer_ids)
    ids = _forget_content(customer_ids, source_system, stamp)
    for facet in registry.facets():
        if facet.name != "customer":
            _end_rows(facet, ids, source_system, stamp)
    refresh(ids)
    return len(ids)


def _forget_content(customer_ids: Sequence[int], source_system: str, stamp: Stamp) -> list[int]:
    """Mark the source records as telling nothing; the customers of those that told something."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mdm_sourcerecord SET content_digest = %s, business_date = %s, run_id = %s, "
            "received_at = %s, version = version + 1 "
            "WHERE customer_id = ANY(%s) AND source_system = %s AND content_digest <> %s "
            "RETURNING customer_id",
            [
                *(NOTHING, stamp.business_date, stamp.run_id, stamp.at),
                *(list(customer_ids), source_system, NOTHING),
            ],
        )
        return sorted(row[0] for row in cursor.fetchall())


def _end_rows(facet: Facet, customer_ids: list[int], source_system: str, stamp: Stamp) -> None:
    """End one facet's rows set-based, one version up, with history."""
    told = {**stamp.updated(), "status": Status.ENDED.value, "valid_to": stamp.business_date}
    statement = sql.SQL(
        "UPDATE {table} t SET version = t.version + 1, {assigned} FROM mdm_sourcerecord s "
        "WHERE t.customer_id = ANY(%s) AND t.status = %s AND s.customer_id = t.customer_id "
        "AND s.source_system = %s AND t.source_system = s.source_system AND t.source_key = s.source_key "
        "RETURNING t.id"
    ).format(
        table=sql.Identifier(facet.model._meta.db_table),
        assigned=sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in told),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*told.values(), customer_ids, Status.ACTIVE.value, source_system])
        ended = sorted(row[0] for row in cursor.fetchall())
    write_history_of(facet, ended, stamp, "~")
