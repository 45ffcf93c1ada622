"""Rules across rows over a table, a schema's table and a query; the relation's name is no code."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from mdm.quality.across import screen_across
from mdm.quality.rules import AcrossRule, Dimension, RuleBook, Severity
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db

_REPEATED = AcrossRule(
    "X1",
    Dimension.UNIQUENESS,
    Severity.WARN,
    "probe",
    _("Told twice."),
    """
    SELECT r.customer_id, r.row_id, 'value' FROM {rows} r
    WHERE (SELECT count(*) FROM {rows} o WHERE o.value = r.value) > %(most)s ORDER BY 1
    """,
    params=lambda: {"most": 1},
)


@pytest.fixture
def cursor() -> Iterator[Any]:
    with database_role("engine"), connection.cursor() as cursor:
        cursor.execute('CREATE TEMP TABLE "odd; name" (customer_id bigint, row_id bigint, value text)')
        cursor.execute("""INSERT INTO "odd; name" VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'a')""")
        yield cursor
        cursor.execute('DROP TABLE "odd; name"')


@pytest.fixture
def book() -> RuleBook:
    rules = RuleBook()
    rules.register(_REPEATED)
    return rules


def test_a_table_is_quoted(cursor: Any, book: RuleBook) -> None:
    found = screen_across("probe", "odd; name", cursor, book)
    assert [(f.customer_id, f.row_id, f.field, f.rule.code) for f in found] == [
        (1, 10, "value", "X1"),
        (3, 30, "value", "X1"),
    ]
    assert screen_across("probe", "pg_temp.odd; name", cursor, book) == found


def test_a_query_is_one_record_online(cursor: Any, book: RuleBook) -> None:
    one = sql.SQL('SELECT * FROM "odd; name" WHERE customer_id < {}').format(sql.Literal(3))
    assert screen_across("probe", one, cursor, book) == []


def test_rules_of_other_facets_do_not_run(cursor: Any, book: RuleBook) -> None:
    assert screen_across("another", "odd; name", cursor, book) == []
