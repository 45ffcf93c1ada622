"""Transfers: one or many, to a branch or an account manager; agreed to above both; all of them or none."""

from datetime import timedelta
from typing import Any

import pytest

from consolidation.services.merging import Grounds, merge
from customers.models import AccessMark, Customer
from customers.rules.number import customer_no
from customers.selectors.customer import get
from customers.services import transferring
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from security.access.actor import Actor
from security.approvals import deciding
from security.models import OperationLog, Organisation
from tests.factories.approvals import approved
from tests.factories.customers import company, person, rows_of, stamp, store, stored
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
WHY = "the customer moved"


@pytest.fixture
def manager(bank: None) -> Actor:
    """The manager of branch 1100."""
    return staff("manager", "branch_manager", org=branch("1100"))


def ask(actor: Actor, *ids: int, **to: str) -> Any:
    return transferring.ask(actor, [customer_no(pk) for pk in ids], **to, reason=WHY, at=LATER)


def branch_of(customer: int) -> str:
    with database_role("engine"):
        return Organisation.objects.get(pk=Customer.objects.get(pk=customer).org_id).code


def test_a_customer_goes_to_another_branch_once_somebody_above_both_agrees(manager: Actor) -> None:
    customer = stored(person())
    done = ask(manager, customer, org="1200")
    assert branch_of(customer) == "1100"
    root = Organisation.objects.get(code="1000")
    assert done.request.org_path == list(root.path)
    below = staff("deputy", "branch_manager", org=branch("1100"))
    with pytest.raises(NotFound, match=r"approval\.unknown"):
        deciding.approve(below, done.request.pk, done.request.version, reason="ok", at=LATER)

    approved(done.request, LATER)

    assert branch_of(customer) == "1200"
    with pytest.raises(NotFound):
        get(manager, customer_no(customer), at=LATER)
    assert (
        get(staff("t12", "teller", org=branch("1200")), customer_no(customer), at=LATER).golden_id == customer
    )
    assert [row.kind for row in rows_of("customer_event", customer)][-1] == "BRANCH_TRANSFER"
    entry = OperationLog.objects.get(action="customer.transfer")
    assert (entry.customer_id, entry.fields["org"], entry.reason) == (customer, "1200", WHY)


def test_many_go_together(manager: Actor) -> None:
    ids = store([person("A"), company("B"), person("C")]).customer_ids
    done = ask(manager, *ids, org="1110")
    assert done.request.customer_id is None
    approved(done.request, LATER)
    assert {branch_of(pk) for pk in ids} == {"1110"}
    assert OperationLog.objects.filter(action="customer.transfer").count() == 3


def test_one_that_moved_meanwhile_keeps_all_where_they_are(manager: Actor) -> None:
    first, second = store([person("A"), person("B")]).customer_ids
    many = ask(manager, first, second, org="1110")
    approved(ask(manager, second, org="1111").request, LATER)
    with pytest.raises(Stale, match=r"approval\.stale"):
        approved(many.request, LATER)
    assert (branch_of(first), branch_of(second)) == ("1100", "1111")


def test_an_account_manager_takes_the_place_of_another(manager: Actor) -> None:
    customer = stored(person())
    first, second = (staff(name, "relationship_manager", org=branch("1100")) for name in ("rm1", "rm2"))
    approved(ask(manager, customer, manager="rm1").request, LATER)
    approved(ask(manager, customer, manager="rm2").request, LATER + timedelta(hours=1))
    with database_role("engine"):
        marks = list(AccessMark.objects.filter(customer_id=customer, kind="MANAGER").order_by("pk"))
    assert [(mark.value, mark.ended_at is None) for mark in marks] == [
        (str(first.user_id), False),
        (str(second.user_id), True),
    ]
    with database_role("engine"):
        assert f"manager:{second.user_id}" in Customer.objects.get(pk=customer).scope_tags
    assert branch_of(customer) == "1100"


def test_members_at_the_same_branch_go_along(manager: Actor) -> None:
    with database_role("engine"):
        ids = store([person("A"), person("B")]).customer_ids
        assert merge(everything(), [Grounds(tuple(ids), "A1", "test", 1.0)], stamp())
        golden = Customer.objects.get(pk__in=ids, golden=None).pk
    approved(ask(manager, golden, org="1200").request, LATER)
    assert {branch_of(pk) for pk in ids} == {"1200"}
    merged = next(pk for pk in ids if pk != golden)
    with pytest.raises(Duplicate, match=r"customer\.merged"), database_role("engine"):
        transferring.ask(everything(), [customer_no(merged)], org="1100", reason=WHY, at=LATER)


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({}, "transfer.where"),
        ({"org": "9999"}, "transfer.branch"),
        ({"manager": "nobody"}, "transfer.manager"),
    ],
)
def test_where_to_must_be_there(manager: Actor, to: dict[str, str], code: str) -> None:
    customer = stored(person())
    with pytest.raises(Invalid) as refused:
        ask(manager, customer, **to)
    assert refused.value.code == code


def test_who_is_transferred_must_be_the_makers(manager: Actor, teller: Actor) -> None:
    customer = stored(person())
    other = staff("m12", "branch_manager", org=branch("1200"))
    with pytest.raises(NotFound):
        ask(other, customer, org="1200")
    with pytest.raises(NotAllowed):
        ask(teller, customer, org="1200")
    with pytest.raises(Invalid, match=r"transfer\.nothing"), database_role("engine"):
        ask(everything(), customer, org="1100")
    with pytest.raises(Invalid, match=r"transfer\.many"):
        transferring.ask(manager, [f"C{n}" for n in range(1001)], org="1200", reason=WHY, at=LATER)
    with pytest.raises(Invalid, match=r"transfer\.number"):
        transferring.numbers_of(f"{customer_no(customer)}, rubbish")
    assert branch_of(customer) == "1100"
