"""Nobody changes the log: not the application's roles, not the table's owner; and nothing is done without its row."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import Phone
from customers.services import facets
from tests.conftest import RoleBlock
from tests.factories.customers import bank, person, stored
from tests.factories.security import NOW, everything
from tests.security.audit.logs import write
from tests.support.database_roles import APPEND_ONLY

CHANGES = {
    "update": "UPDATE {} SET id = id",
    "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {}",
}


def ask(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["as_app", "as_engine", "as_owner"])
def test_what_is_written_stays(table: str, change: str, role: str, request: pytest.FixtureRequest) -> None:
    write(1)
    statement = CHANGES[change].format(table)
    if table == "security_auditseal":
        statement = statement.replace("id = id", "n = n")
    with request.getfixturevalue(role)(), pytest.raises(DatabaseError, match="append-only|permission denied"):
        ask(statement)


@pytest.mark.django_db
def test_the_web_cannot_seal(as_app: RoleBlock) -> None:
    with as_app(), pytest.raises(DatabaseError, match="permission denied"):
        ask("INSERT INTO security_auditseal (n) VALUES (1)")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["as_app", "as_engine", "as_owner"])
@pytest.mark.parametrize("tx", ["1", "9000000000000000000"], ids=["of the past", "far ahead"])
def test_nobody_chooses_under_which_transaction_a_row_stands(
    role: str, tx: str, request: pytest.FixtureRequest
) -> None:
    columns = "at, actor, roles, org_code, channel, request_id, action, subject, fields, reason, result"
    values = "now(), 'x', '', '', 'x', '', 'x', '', '{}', '', 'ok'"
    with request.getfixturevalue(role)():
        ask(f"INSERT INTO security_operationlog ({columns}) VALUES ({values})")
        with pytest.raises(DatabaseError, match="of the transaction that writes them"):
            ask(f"INSERT INTO security_operationlog ({columns}, tx) VALUES ({values}, '{tx}')")


REFUSALS: dict[str, Callable[[str], str]] = {
    "no right to insert": lambda role: f'REVOKE INSERT ON security_operationlog FROM "{role}"',
    "a check that fails": lambda _role: (
        "ALTER TABLE security_operationlog ADD CONSTRAINT never CHECK (action <> 'phone.change')"
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", REFUSALS)
def test_a_change_that_cannot_be_logged_is_not_made(
    how: str, as_owner: RoleBlock, as_engine: RoleBlock
) -> None:
    from mdm.conf import conf

    bank()
    customer_id = stored(person())
    with as_engine():
        phone = Phone.objects.get(customer_id=customer_id, kind="MOBILE")
        before = phone.version, phone.history.count()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(REFUSALS[how](conf.role_name("app")))
    try:
        with pytest.raises(DatabaseError):
            facets.change(
                everything(),
                "phone",
                phone.pk,
                phone.version,
                {"number": "+8613800138000"},
                reason="asked",
                at=NOW,
            )
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f'GRANT INSERT ON security_operationlog TO "{conf.role_name("app")}"')
            cursor.execute("ALTER TABLE security_operationlog DROP CONSTRAINT IF EXISTS never")
    with as_engine():
        found = Phone.objects.get(pk=phone.pk)
        assert (found.version, found.history.count()) == before
        assert found.number.open() == "+8613912345670"
