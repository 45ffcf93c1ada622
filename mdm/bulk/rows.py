"""New rows of a facet and their history, written set-based exactly as simple-history writes them online."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from mdm.bulk import arrays
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import NOTHING, blank_of, facet_columns, history_table, table_of
from mdm.bulk.writing import COPY_FROM_ROWS, allocate_ids, insert_columns
from mdm.subjects import Bundle, Facet, Row


def new_row(facet: Facet, customer_id: int, bundle: Bundle, told: Row) -> Row:
    """A told row with the columns that say whose it is and where it comes from."""
    row = dict(told)
    row["slot"] = facet.slot(told)
    row["source_system"], row["source_key"] = bundle.source_system, bundle.source_key
    row["id" if facet.name == "customer" else "customer_id"] = customer_id
    return row


def columns_beside(
    facet: Facet, rows: Sequence[Row], whose: Sequence[tuple[int, Bundle]]
) -> dict[str, Sequence[Any]]:
    """What `new_row` adds and the new ids, as columns beside told rows: thousands of rows are not copied.

    `whose` says for each row its customer and what told it. The customer's own row has the customer's id.
    """
    owners = [customer_id for customer_id, _bundle in whose]
    ids = owners if facet.name == "customer" else allocate_ids(facet.model._meta.db_table, len(rows))
    return {
        "id": ids,
        "customer_id": owners,
        "slot": [facet.slot(row) for row in rows],
        "source_system": [bundle.source_system for _customer_id, bundle in whose],
        "source_key": [bundle.source_key for _customer_id, bundle in whose],
    }


def insert_with_history(
    facet: Facet, rows: Sequence[Row], stamp: Stamp, beside: Mapping[str, Sequence[Any]] = NOTHING
) -> None:
    """Write new rows of a facet and their first history rows; `beside` holds columns that are not in them."""
    if not rows:
        return
    table, columns = table_of(facet.model), facet_columns(facet, rows, stamp.created(), beside)
    insert_columns(table, columns)
    if len(rows) < COPY_FROM_ROWS:
        write_history(facet, columns, stamp, "+")
    else:  # the server has the rows already: cheaper than sending them once more
        write_history_of(facet, beside.get("id") or [row["id"] for row in rows], stamp, "+")


def write_history(facet: Facet, columns: Sequence[Sequence[Any]], stamp: Stamp, kind: str) -> None:
    """Write one history row for each row of `columns` (in the order of the facet's table)."""
    count = len(columns[0])
    by_name = dict(zip((f.attname for f in facet.model._meta.concrete_fields), columns, strict=True))
    by_name.update({name: [value] * count for name, value in stamp.history(kind).items()})
    history = facet.model.history.model
    fields = [f for f in history._meta.concrete_fields if f.attname != "history_id"]
    ordered = [by_name.get(f.attname) or [blank_of(f)] * count for f in fields]
    insert_columns(history_table(facet.model), ordered)


def write_history_of(facet: Facet, ids: Sequence[int], stamp: Stamp, kind: str) -> None:
    """Write a history row for each stored row with one of `ids`, as it is now, without reading it out."""
    table = history_table(facet.model)
    stamped = stamp.history(kind)
    told = [
        sql.SQL("%s") if column in stamped else sql.SQL("t.") + sql.Identifier(column)
        for column in table.columns
    ]
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} t WHERE t.id = ANY(%s::bigint[])").format(
        sql.Identifier(table.name),
        table.identifiers(),
        sql.SQL(", ").join(told),
        sql.Identifier(facet.model._meta.db_table),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(stamped[c] for c in table.columns if c in stamped), arrays.of_ids(ids)])
