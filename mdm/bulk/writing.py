"""Putting many rows into a table: binary COPY for a load, INSERT for a handful.

PostgreSQL refuses COPY into a table with row-level security from a role that it applies to (the web),
so those rows go by INSERT however many they are; both take the same rows.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.adapt import Transformer

from mdm.bulk import binary
from mdm.bulk.tables import Table

#: From this many rows on, COPY is worth its set-up.
COPY_FROM_ROWS = 50


def insert_rows(table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Write `rows` (values in the order of the table's columns)."""
    if rows:
        insert_columns(table, list(zip(*rows, strict=True)))


def insert_columns(table: Table, columns: Sequence[Sequence[Any]]) -> None:
    """Write columns of one length, at least one row, in the order of the table's columns."""
    if len(columns[0]) >= COPY_FROM_ROWS and not _secured(table):
        _copy(table, columns)
    else:
        _insert(table, list(zip(*columns, strict=True)))


def _secured(table: Table) -> bool:
    """Whether row-level security applies to this role on the table (and then COPY is refused)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active(%s::regclass)", [table.name])
        return bool(cursor.fetchone()[0])


def _copy(table: Table, columns: Sequence[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.name), table.identifiers()
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        data = binary.rows(table.types, columns, Transformer(connection.connection))
        copy.write(binary.SIGNATURE + data + binary.END)


def _insert(table: Table, rows: Sequence[Sequence[Any]]) -> None:
    marks = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for kind in table.types)
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table.name), table.identifiers(), marks
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def allocate_ids(table: str, count: int) -> list[int]:
    """`count` new ids of a table, before its rows exist: encryption binds a value to its row's id."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(  # the sequence looked up once, the numbers in one text: many rows are slow to fetch
            "SELECT string_agg(nextval(s.name)::text, ',') FROM generate_series(1, %s), "
            "(SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0) s",
            [count, table],
        )
        return list(map(int, cursor.fetchone()[0].split(",")))


def staging(table: Table, name: str) -> Table:
    """An empty staging table shaped like `table`, gone with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} WHERE false"
            ).format(sql.Identifier(name), table.identifiers(), sql.Identifier(table.name))
        )
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(name)))
    return Table(name, table.columns, table.types)


def upsert_from(stage: Table, table: Table, key: str, update: Sequence[str]) -> int:
    """Carry staged rows over the rows with the same `key`; returns how many were changed."""
    assignments = sql.SQL(", ").join(
        sql.SQL("{0} = s.{0}").format(sql.Identifier(column)) for column in update
    )
    statement = sql.SQL("UPDATE {} t SET {} FROM {} s WHERE t.{} = s.{}").format(
        sql.Identifier(table.name),
        assignments,
        sql.Identifier(stage.name),
        sql.Identifier(key),
        sql.Identifier(key),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)
