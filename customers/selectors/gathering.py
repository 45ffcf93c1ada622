"""Gathering all rows of a golden customer's members in one SQL statement, built from the registry."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from psycopg import sql

from mdm.bulk.tables import sealed_fields
from mdm.history.models import Status
from mdm.subjects import Facet, Row, registry

#: facet name -> rows in clear, attname -> value
Gathered = dict[str, list[Row]]


@cache
def _statement() -> sql.Composed:
    """Every facet's rows as JSON, one branch a facet: one round trip however many facets there are."""
    parts = [
        sql.SQL(
            "SELECT {} AS facet, to_jsonb(t) AS row FROM {} t WHERE t.{} = ANY(%(ids)s) AND t.status = %(active)s"
        ).format(
            sql.Literal(facet.name),
            sql.Identifier(facet.model._meta.db_table),
            sql.Identifier("id" if facet.name == "customer" else "customer_id"),
        )
        for facet in registry.facets()
    ]
    return sql.SQL(" UNION ALL ").join(parts)


def gather(member_ids: Sequence[int]) -> Gathered:
    """The rows in force of these customers, sealed values opened, by facet; oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"ids": list(member_ids), "active": Status.ACTIVE})
        found: Gathered = {facet.name: [] for facet in registry.facets()}
        for name, row in cursor.fetchall():
            found[name].append(_decoded(row))
    for facet in registry.facets():
        _open(facet, found[facet.name])
    return found


def _decoded(row: Any) -> Row:
    return dict(row) if isinstance(row, dict) else dict(json.loads(row))


def _open(facet: Facet, rows: list[Row]) -> None:
    """Order, convert and decrypt the rows of one facet in place."""
    rows.sort(key=lambda row: row["id"])
    sealed = {field.attname for field in sealed_fields(facet.model)}
    for field in facet.model._meta.concrete_fields:
        if field.attname in sealed:
            continue
        for row in rows:
            row[field.attname] = field.to_python(row[field.attname])
    for sealed_field in sealed_fields(facet.model):
        blobs = [_blob(row[sealed_field.attname]) for row in rows]
        clear = sealed_field.open_column([row["id"] for row in rows], blobs)
        for row, value in zip(rows, clear, strict=True):
            row[sealed_field.attname] = value


def _blob(text: str | None) -> bytes | None:
    """The bytes of a bytea as PostgreSQL writes it into JSON (`\\x…`)."""
    return bytes.fromhex(text[2:]) if text else None
