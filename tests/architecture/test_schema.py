"""The schema can be spread over a Citus cluster (design 4): read from PostgreSQL's own catalogue."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from customers.models import ErasedKey
from mdm.bulk.models import LookupEntry
from mdm.subjects import registry
from tests.support.database_roles import APPEND_ONLY, database_role

pytestmark = pytest.mark.django_db
#: Owned by no customer: the bank's own tables, small and the same on every node, or about a run.
REFERENCE = (
    "django_",
    "auth_",
    "account_",
    "mfa_",
    "socialaccount_",
    "guardian_",
    "security_",
    "approvals_",
    "mdm_jobrun",
    "mdm_storedobject",
    "mdm_idempotencyrecord",
    "mdm_draft",
    "mdm_attributedefinition",
    "mdm_dictionaryversion",
    "batch_batchrow",
    "batch_customerbatch",
    "batch_rejectedrow",
    "customers_branchsubscription",
    "customers_savedview",
)
CUSTOMER = {"customers_customer", "customers_historicalcustomer"}
#: Found by digest, and so spread by it.
BY_DIGEST = {LookupEntry._meta.db_table, ErasedKey._meta.db_table}


def ask(statement: str) -> list[tuple[Any, ...]]:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def tables() -> set[str]:
    """Every table of the product's schema."""
    return {
        name
        for (name,) in ask(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    }


def owned() -> set[str]:
    """The tables whose rows belong to a customer."""
    return {name for name in tables() if not name.startswith(REFERENCE)}


def columns(table: str) -> dict[str, bool]:
    """Column -> whether it must hold something."""
    found = ask(
        f"SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    return dict(found)


def distributed_by(table: str) -> str:
    """The column by which a customer-owned table is spread."""
    if table in CUSTOMER:
        return "id"
    return "digest" if table in BY_DIGEST else "customer_id"


@dataclass(frozen=True)
class Unique:
    """A unique index: its table, its columns and whether it is the surrogate key."""

    name: str
    table: str
    columns: frozenset[str]
    primary: bool


def unique_indexes() -> list[Unique]:
    rows = ask(
        "SELECT i.relname, t.relname, array_agg(a.attname::text), x.indisprimary FROM pg_index x "
        "JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(x.indkey) "
        "WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace GROUP BY 1, 2, 4"
    )
    return [Unique(name, table, frozenset(names), primary) for name, table, names, primary in rows]


def test_every_table_of_the_models_is_there_and_none_besides() -> None:
    told = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}

    assert told <= tables()
    assert tables() - told <= {"django_migrations"}


def test_every_customer_owned_table_says_whose_each_row_is() -> None:
    assert len(owned()) >= 20
    for table in sorted(owned()):
        found = columns(table)
        assert distributed_by(table) in found, table
        assert "customer_id" in found or table in CUSTOMER, table
        assert found[distributed_by(table)] or "historical" in table, f"{table} may leave open whose a row is"


def test_no_unique_rule_leaves_out_the_column_of_distribution() -> None:
    broken = [
        index.name
        for index in unique_indexes()
        if index.table in owned()
        if distributed_by(index.table) not in index.columns
        if not (index.primary and index.columns in ({"id"}, {"history_id"}))
    ]

    assert broken == []


def test_no_exclusion_constraint_spans_customers() -> None:
    assert ask("SELECT conname FROM pg_constraint WHERE contype = 'x'") == []


def test_foreign_keys_lead_to_the_customer_or_to_the_banks_own_tables() -> None:
    keys = ask(
        "SELECT c.conname, f.relname, t.relname, array_agg(a.attname::text) FROM pg_constraint c "
        "JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid "
        "JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = ANY(c.conkey) "
        "WHERE c.contype = 'f' AND f.relnamespace = 'public'::regnamespace GROUP BY 1, 2, 3"
    )
    assert len(keys) > 10
    for name, table, target, names in keys:
        if target in owned():
            assert (target, names) == ("customers_customer", ["customer_id"]), name
            assert table in owned(), f"{name}: a table of the bank's own names a customer's row"


def test_no_trigger_and_no_rule_does_what_no_one_reads() -> None:
    """What there is refuses: the operation log and its seals are append-only, each row in its own transaction."""
    found = ask("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
    refusing = {(table, "never_changed") for table in APPEND_ONLY}
    assert {tuple(row) for row in found} == refusing | {("security_operationlog", "own_transaction")}
    assert ask("SELECT rulename FROM pg_rules WHERE schemaname = 'public'") == []


def test_ids_are_big_everywhere() -> None:
    small = ask(
        "SELECT t.relname FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_attribute a "
        "ON a.attrelid = t.oid AND a.attnum = ANY(x.indkey) WHERE x.indisprimary "
        "AND t.relnamespace = 'public'::regnamespace AND a.atttypid = 'int4'::regtype"
    )
    assert {name for (name,) in small} & owned() == set()


def test_every_facet_and_every_history_is_under_row_level_security() -> None:
    secured = {name for (name,) in ask("SELECT relname FROM pg_class WHERE relrowsecurity")}
    models = [facet.model for facet in registry.facets()]
    wanted = {m._meta.db_table for m in models} | {m.history.model._meta.db_table for m in models}  # type: ignore[attr-defined]

    assert wanted <= secured
    policies = ask("SELECT tablename, cmd, qual IS NOT NULL, with_check IS NOT NULL FROM pg_policies")
    assert {row[0] for row in policies} == secured
    assert all(row[1:] == ("ALL", True, True) for row in policies if row[0] in wanted)


def test_what_is_kept_of_a_customer_depends_on_every_facet() -> None:
    """A facet that the function forgets would leave kept panoramas in use after it was written."""
    ((told,),) = ask("SELECT pg_get_functiondef('panorama_written'::regproc)")

    assert [f.name for f in registry.facets() if f" {f.model._meta.db_table} t" not in told] == []


def test_every_row_of_a_customer_is_found_by_its_customer() -> None:
    """Reads by customer are what everything does: each owned table has an index that begins with whose it is."""
    rows = ask(
        "SELECT t.relname, a.attname FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]"
    )
    leading: dict[str, set[str]] = {}
    for table, column in rows:
        leading.setdefault(table, set()).add(column)

    without = [
        t
        for t in owned()
        if not leading.get(t, set()) & {"customer_id", "id" if t in CUSTOMER else "customer_id"}
    ]
    assert without == []


def test_functions_that_run_as_the_owner_pin_their_search_path() -> None:
    found = ask(
        "SELECT proname, coalesce(array_to_string(proconfig, ','), '') FROM pg_proc "
        "WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert len(found) >= 2
    assert [name for name, config in found if config.replace(" ", "") != "search_path=public,pg_temp"] == []
