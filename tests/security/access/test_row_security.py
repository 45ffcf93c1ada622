"""The second line of defence: what the database itself shows to, and takes from, the web's role."""

from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege

from mdm.conf import conf
from security.access.scope import SETTING
from security.audit.log import record
from security.models import OperationLog, Organisation
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

if TYPE_CHECKING:
    from tests.security.access.conftest import Population

pytestmark = pytest.mark.django_db


def secured() -> dict[str, str]:
    """Every table under row-level security, with the column that names the customer."""
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'customer_id') "
            "FROM pg_class c WHERE c.relrowsecurity AND c.relkind = 'r' ORDER BY 1"
        )
        return {name: "customer_id" if has else "id" for name, has in cursor.fetchall()}


def rows(table: str, column: str) -> set[int]:
    """The customers whose rows a plain statement sees."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT DISTINCT "{column}" FROM "{table}"')
        return {row[0] for row in cursor.fetchall()}


def say(*codes: str) -> None:
    """Tell the policies which branches are in scope."""
    ids = [Organisation.objects.get(code=code).pk for code in codes]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, "{" + ",".join(map(str, ids)) + "}"])


def refused(statement: str, values: Any = None) -> str:
    """The SQLSTATE with which the database refuses a statement."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(refusal.value.__cause__.sqlstate)  # type: ignore[union-attr]


def test_every_facet_and_its_history_is_secured() -> None:
    from mdm.subjects import registry

    models = [facet.model for facet in registry.facets()]
    tables = {m._meta.db_table for m in models} | {m.history.model._meta.db_table for m in models}  # type: ignore[attr-defined]

    assert tables <= set(secured())
    assert len(tables) >= 16


def test_without_a_setting_nothing_is_seen(population: "Population") -> None:
    for table, column in secured().items():
        assert rows(table, column) == set(), table
    with database_role("engine"):
        told = {table: rows(table, column) for table, column in secured().items()}
    assert told["customers_customer"] == set(population.ids.values())
    assert told["customers_historicalphone"] == set(population.ids.values())


def test_with_a_setting_only_those_rows_are_seen(population: "Population") -> None:
    say("1110")
    inside = {population.ids["1110"], population.ids["1111"]}

    with database_role("engine"):
        filled = {table for table, column in secured().items() if rows(table, column)}
    for table, column in secured().items():
        assert rows(table, column) == (inside if table in filled else set()), table
    assert len(filled) >= 12


def test_an_empty_scope_sees_nothing(population: "Population") -> None:
    say()

    assert rows("customers_customer", "id") == set()


def test_a_row_outside_the_scope_can_be_neither_changed_nor_locked(population: "Population") -> None:
    say("1100")
    outside = population.ids["1200"]

    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET segment = 'X' WHERE id = %s", [outside])
        assert cursor.rowcount == 0
        cursor.execute("UPDATE customers_phone SET extension_no = '1' WHERE customer_id = %s", [outside])
        assert cursor.rowcount == 0
        cursor.execute("SELECT id FROM customers_customer WHERE id = %s FOR UPDATE", [outside])
        assert cursor.fetchall() == []


def test_a_row_cannot_be_inserted_outside_the_scope(population: "Population") -> None:
    copy = (
        "INSERT INTO customers_email SELECT (jsonb_populate_record(e, jsonb_build_object('id', e.id + 1000000, "
        "'customer_id', %s::bigint))).* FROM customers_email e LIMIT 1"
    )
    say("1000")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(copy, [population.ids["1200"]])
        assert cursor.rowcount == 1
        transaction.set_rollback(True)
    say("1100")

    assert refused(copy, [population.ids["1200"]]) == InsufficientPrivilege.sqlstate


def test_a_customer_cannot_be_moved_out_of_the_scope(population: "Population") -> None:
    say("1100")
    elsewhere = Organisation.objects.get(code="1200").path

    statement = "UPDATE customers_customer SET org_path = %s WHERE id = %s"
    assert refused(statement, [elsewhere, population.ids["1100"]]) == InsufficientPrivilege.sqlstate


def test_copy_into_a_secured_table_is_refused_for_the_web(population: "Population") -> None:
    say("1000")

    with transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(FeatureNotSupported), cursor.copy("COPY customers_email FROM STDIN"):
            pass
        transaction.set_rollback(True)


def test_more_rows_than_copy_would_take_are_written_by_the_web_all_the_same(population: "Population") -> None:
    from customers.services import onboarding
    from tests.factories.customers import newcomer
    from tests.factories.security import branch, staff

    emails = [{"slot": f"E{n}", "kind": "WORK", "address": f"e{n}@example.com"} for n in range(70)]
    clerk = staff("clerk", "teller", org=branch("1100"))

    made = onboarding.create(clerk, newcomer("many", email=emails), at=NOW)

    say("1100")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_email WHERE customer_id = %s", [made.customer_id])
        assert cursor.fetchone() == (70,)


# -- append-only --------------------------------------------------------------------------------------


def append_only() -> list[str]:
    from mdm.subjects import registry

    histories = [facet.model.history.model._meta.db_table for facet in registry.facets()]  # type: ignore[attr-defined]
    return ["security_operationlog", *histories]


@pytest.mark.parametrize("role", ["app", "engine"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_history_and_operation_log_only_grow(population: "Population", role: Any, verb: str) -> None:
    record(everything(), "test", NOW)
    statements = {
        "UPDATE": 'UPDATE "{0}" SET {1} = {1}',
        "DELETE": 'DELETE FROM "{0}"',
        "TRUNCATE": 'TRUNCATE "{0}"',
    }
    with database_role(role):
        for table in append_only():
            column = "actor" if table.endswith("operationlog") else "history_type"
            state = refused(statements[verb].format(table, column))
            assert state == InsufficientPrivilege.sqlstate, table


@pytest.mark.parametrize("role", ["app", "engine"])
def test_nobody_of_the_application_may_change_the_floor(population: "Population", role: Any) -> None:
    name = conf.role_name(role)
    attempts = (
        "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
        "DROP POLICY scope ON customers_customer",
        "DROP TABLE security_operationlog",
        "CREATE FUNCTION panorama_in_scope(x integer) RETURNS boolean LANGUAGE sql RETURN true",
        f'ALTER ROLE "{name}" SUPERUSER',
        "TRUNCATE customers_customer CASCADE",
    )
    with database_role(role):
        for statement in attempts:
            assert refused(statement) == InsufficientPrivilege.sqlstate, statement
        with connection.cursor() as cursor:  # PostgreSQL only warns of a grant that grants nothing
            cursor.execute(f'GRANT UPDATE ON security_operationlog TO "{name}"')
            cursor.execute("SELECT has_table_privilege(%s, 'security_operationlog', 'UPDATE')", [name])
            assert cursor.fetchone() == (False,)


def test_the_roles_are_what_the_design_says() -> None:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = ANY(%s)",
            [[conf.role_name("app"), conf.role_name("engine")]],
        )
        found = {name: flags for name, *flags in cursor.fetchall()}
    assert found[conf.role_name("app")] == [False, False, False, False]
    assert found[conf.role_name("engine")] == [False, True, False, False]


def test_the_operation_log_names_fields_and_not_values(population: "Population") -> None:
    from customers.models import Customer
    from customers.services import facets

    number = Customer(pk=population.ids["1100"]).customer_no
    facets.add(everything(), number, "phone", {"number": "13912345679"}, reason="told at the desk", at=NOW)

    entry = OperationLog.objects.get(action="phone.add")
    assert entry.fields == {"fields": ["number"], "version": 1}
    assert "13912345679" not in str(OperationLog.objects.filter(pk=entry.pk).values())


def test_a_change_that_is_rolled_back_leaves_no_entry(population: "Population") -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(everything(), "test.rolled_back", NOW)
        assert 1 / 0
    assert not OperationLog.objects.filter(action="test.rolled_back").exists()
