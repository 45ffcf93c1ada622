"""The rows that a load left behind, and how fast PostgreSQL takes them back: the floor of every loader."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from batch.models import RejectedRow
from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.conf import conf
from mdm.quality.models import QualityIssue
from mdm.subjects import registry

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the column that says whose a row is; empty where a row is nobody's."""

    name: str
    owner: str


def tables() -> list[Table]:
    """Every table that a load writes customers into, customers first (the others refer to them)."""
    facets = []
    for facet in registry.facets():
        owner = "id" if facet.name == "customer" else "customer_id"
        history = facet.model.history.model._meta.db_table
        facets += [Table(facet.model._meta.db_table, owner), Table(history, owner)]
    derived = [Table(derivation.table, "customer_id") for derivation in registry.derivations]
    kept = [Table(model._meta.db_table, "customer_id") for model in (LookupEntry, SourceRecord, QualityIssue)]
    return [*facets, *derived, *kept, Table(RejectedRow._meta.db_table, "")]


@contextmanager
def connected(role: str) -> Iterator[psycopg.Connection]:
    """A connection of its own as `owner` or `engine`."""
    told: dict[str, Any] = {
        "host": conf.database["host"],
        "port": conf.database["port"],
        "dbname": conf.database["name"],
        "user": conf.role_name(role),  # type: ignore[arg-type]
        "password": conf.get(f"DB_PASSWORD_{role.upper()}"),
    }
    with psycopg.connect(**told) as held:
        yield held


def empty() -> None:
    """Leave the tables as they were made: their indexes are built anew while rows come in, as in a load."""
    connection.close()
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables())
    with connected("owner") as owner:
        owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))


def keep(folder: Path, chunk: int) -> list[tuple[str, Path]]:
    """Write all rows into files of binary COPY, `chunk` customers a file. Returns (table, file) in writing order."""
    kept: list[tuple[str, Path]] = []
    with connected("engine") as engine:
        found = engine.execute("SELECT id FROM customers_customer ORDER BY id").fetchall()
        ids = [row[0] for row in found]
        cuts = [*ids[::chunk], ids[-1] + 1]
        for at, (low, high) in enumerate(pairwise(cuts)):
            for table in tables():
                if table.owner or at == 0:
                    path = folder / f"{at}-{table.name}"
                    if _keep(engine, table, low, high, path):
                        kept.append((table.name, path))
    return kept


def _keep(engine: psycopg.Connection, table: Table, low: int, high: int, path: Path) -> bool:
    """Whether there were rows of these customers to write."""
    whose: sql.Composable = sql.SQL("true")
    if table.owner:
        column = sql.Identifier(table.owner)
        whose = sql.SQL("{0} >= {1} AND {0} < {2}").format(column, sql.Literal(low), sql.Literal(high))
    rows = sql.SQL("SELECT * FROM {} WHERE {}").format(sql.Identifier(table.name), whose)
    with path.open("wb") as file, engine.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(rows)) as copy:
            for block in copy:
                file.write(block)
        return bool(cursor.rowcount)


def take_back(kept: list[tuple[str, Path]]) -> float:
    """Seconds of COPY of the files into the empty tables, all indexes, keys and triggers in place.

    One connection, which commits once for each chunk of customers, as the loader does.
    """
    with connected("engine") as engine:
        begun, chunk = perf_counter(), "0"
        for table, path in kept:
            at = path.name.partition("-")[0]
            if at != chunk:
                engine.commit()
                chunk = at
            _copy(engine, table, path)
        engine.commit()
        return perf_counter() - begun


def _copy(engine: psycopg.Connection, table: str, path: Path) -> None:
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table))
    with path.open("rb") as file, engine.cursor() as cursor, cursor.copy(statement) as copy:
        while block := file.read(BLOCK):
            copy.write(block)
