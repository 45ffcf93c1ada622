"""What waits holds customers' values: none of them is stored in clear, not in requests, steps, logs or answers."""

import pytest
from django.db import connection

from customers.rules.number import customer_no
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from tests.factories.security import branch, client_system
from tests.security.approvals.desk import LATER, Desk
from tests.support.api import Api
from tests.support.clear_text import in_rows
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "慕容霁岚"


def test_what_is_asked_and_what_stood_there_are_in_clear_nowhere(desk: Desk) -> None:
    request = desk.ask(name=CANARY)
    api = Api(client_system("core-bank", org=branch("1100"))[1])
    api.post(
        f"customers/{customer_no(desk.customer_id)}/customer-names",
        {"kind": "LEGAL", "full_name": CANARY + "儿"},
        key="canary-request",
    )
    deciding.give_back(desk.manager, request.pk, request.version, reason="unclear", at=LATER)

    assert in_rows([CANARY, "欧阳知远"]) == {}
    stored = ChangeRequest._meta.db_table
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), count(arguments), count(base) FROM {stored}")
        assert cursor.fetchone() == (2, 2, 2)


def test_the_scan_would_find_it(desk: Desk) -> None:
    """The control: a reason is kept in clear, which is why it may hold no number of a customer."""
    request = desk.ask()
    with database_role("engine"):
        ChangeRequest.objects.filter(pk=request.pk).update(facts={"planted": CANARY})
    assert ChangeRequest._meta.db_table in str(in_rows([CANARY]))


def test_sealed_arguments_do_not_open_in_another_request(desk: Desk) -> None:
    from mdm.errors import Unavailable

    one = desk.ask(name=CANARY)
    deciding.reject(desk.manager, one.pk, one.version, reason="no", at=LATER)
    other = desk.ask(name="欧阳远")
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE approvals_changerequest SET arguments = "
            "(SELECT arguments FROM approvals_changerequest WHERE id = %s) WHERE id = %s",
            [one.pk, other.pk],
        )
    with pytest.raises(Unavailable) as tampered:
        deciding.approve(desk.manager, other.pk, other.version, reason="x", at=LATER)
    assert tampered.value.code == "crypto.tampered"
    assert desk.legal_name() == "欧阳知远"
