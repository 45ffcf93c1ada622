"""Rules across rows: SQL over a relation that is one record online and a staging table in bulk."""

from collections.abc import Iterator
from typing import Any, Protocol

from psycopg import sql

from mdm.quality.rules import AcrossFinding, AcrossRule, RuleBook, book

#: A table's name, with its schema before a dot if need be, or a query.
Relation = str | sql.Composable


class Cursor(Protocol):
    """What is needed of a database cursor: Django's or psycopg's."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


def screen_across(facet: str, rows: Relation, cursor: Cursor, rules: RuleBook = book) -> list[AcrossFinding]:
    """Run the rules across the rows of `facet` over `rows`; a table's name is quoted as an identifier."""
    relation = sql.Identifier(*rows.split(".")) if isinstance(rows, str) else sql.SQL("({})").format(rows)
    return [found for rule in rules.across_rules(facet) for found in _run(rule, relation, cursor)]


def _run(rule: AcrossRule, relation: sql.Composable, cursor: Cursor) -> Iterator[AcrossFinding]:
    query = sql.SQL(rule.sql).format(rows=relation)
    cursor.execute(query, dict(rule.params()))
    for customer_id, row_id, field in cursor.fetchall():
        yield AcrossFinding(rule, customer_id, row_id, field)
