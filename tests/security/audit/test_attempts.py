"""Who tried what and was refused, and who was shown: in the log, with the customer, whoever asks and however."""

import pytest

from customers.models import Customer
from customers.selectors.customer import list_customers
from customers.selectors.search import search
from security.audit.log import REFUSED, SHOWN
from security.audit.refusals import MOST_UNKNOWN
from security.models import OperationLog
from tests.factories.customers import another, bank, person, stored
from tests.factories.security import NOW, branch, client_system, member_of_staff, staff
from tests.support.api import Api
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer_id() -> int:
    """A customer of 1100."""
    bank()
    return stored(person())


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def refused() -> OperationLog:
    return OperationLog.objects.get(result=REFUSED)


def test_a_page_of_a_customer_out_of_scope(customer_id: int) -> None:
    """The answer says that nothing is there; the log says who tried to look at whom."""
    teller = Screens(member_of_staff("zhao", "teller", org=branch("1200")))
    assert teller.get(f"/customer/{number(customer_id)}/").status == 404
    row = refused()
    assert (row.actor, row.action, row.code) == ("zhao", "admin:panorama.open", "customer.unknown")
    assert (row.customer_id, row.org_code, row.fields["status"]) == (customer_id, "1200", 404)


def test_a_call_about_a_customer_out_of_scope(customer_id: int) -> None:
    _client, token = client_system(org=branch("1200"))
    assert Api(token).get(f"customers/{number(customer_id)}/panorama").status == 404
    row = refused()
    assert (row.actor_id is not None, row.channel, row.code) == (True, "API", "customer.unknown")
    assert (row.customer_id, row.address) == (customer_id, "127.0.0.1")
    assert row.request_id


def test_a_right_that_is_lacking(customer_id: int) -> None:
    teller = Screens(member_of_staff("zhao", "teller", org=branch("1100")))
    assert teller.get("/security/operationlog/").status == 403
    assert (refused().code, refused().action) == (
        "access.denied",
        "admin:security_operationlog_changelist.open",
    )


def test_a_scope_that_is_lacking() -> None:
    _client, token = client_system(scopes=["customer.view"])
    assert Api(token).post("customers", {}).status == 403
    assert refused().code == "scope.missing"


def test_a_token_that_is_none_and_never_what_was_sent() -> None:
    assert Api("pan_core-bank.guess").get("me").status == 401
    row = refused()
    assert (row.actor, row.code, row.customer_id) == ("anonymous", "auth.invalid", None)
    assert "guess" not in str(row.__dict__)


def test_who_is_nobody_cannot_flood_the_log() -> None:
    api = Api("pan_core-bank.guess")
    for _guess in range(MOST_UNKNOWN + 5):
        assert api.get("me").status == 401
    assert OperationLog.objects.filter(result=REFUSED).count() == MOST_UNKNOWN


def test_a_mistake_in_what_was_typed_is_no_attempt() -> None:
    _client, token = client_system()
    assert Api(token).post("customers", {"party_type": "?"}).status == 422
    assert not OperationLog.objects.filter(result=REFUSED).exists()


def test_a_search_leaves_a_row_for_each_customer_shown(customer_id: int) -> None:
    other = stored(another(person(), source_key="P-2"))
    teller = staff("wang", "teller", org=branch("1100"))
    shown = search(teller, "欧阳", at=NOW).hits
    rows = OperationLog.objects.filter(action=SHOWN).order_by("id")
    assert {number(row.customer_id or 0) for row in rows} == {hit.customer_no for hit in shown}
    assert {row.customer_id for row in rows} <= {customer_id, other}
    assert {(row.actor, row.fields["by"], row.channel) for row in rows} == {
        ("wang", "customer.search", "COUNTER")
    }
    assert OperationLog.objects.get(action="customer.search").customer_id is None


def test_a_list_leaves_a_row_for_each_customer_shown(customer_id: int) -> None:
    other = stored(another(person(), source_key="P-2"))
    teller = staff("wang", "teller", org=branch("1100"))
    list_customers(teller, at=NOW)
    shown = OperationLog.objects.filter(action=SHOWN, fields__by="customer.list")
    assert set(shown.values_list("customer_id", flat=True)) == {customer_id, other}


def test_nobody_shown_leaves_the_search_alone() -> None:
    bank()
    search(staff("wang", "teller", org=branch("1100")), "nobody here", at=NOW)
    assert OperationLog.objects.filter(action="customer.search").count() == 1
    assert not OperationLog.objects.filter(action=SHOWN).exists()
