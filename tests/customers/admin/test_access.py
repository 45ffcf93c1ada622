"""Who may see one customer, through its page: protecting, sharing, closing; unmasking, with a cause that counts."""

import pytest

from customers.models import AccessMark, Customer
from security.models import OperationLog, Reveal, Role
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> int:
    bank()
    return stored(person())


@pytest.fixture
def officer(customer: int) -> Screens:
    """The compliance officer of 1100."""
    user = member_of_staff("officer", "compliance", org=branch("1100"))
    Role.objects.update(mfa_required=False)
    return Screens(user)


def standing(customer: int) -> int:
    """Marks in force."""
    with database_role("engine"):
        return AccessMark.objects.filter(customer_id=customer, ended_at=None).count()


def logged(action: str) -> int:
    return OperationLog.objects.filter(action=action).count()


def test_an_account_manager_is_named_and_the_mark_is_ended(customer: int, officer: Screens) -> None:
    number = Customer(pk=customer).customer_no
    member_of_staff("li", "relationship_manager", org=branch("1100"))
    form = {"do": "mark", "mark-kind": "MANAGER", "mark-user": "li"}
    assert officer.post(f"/customer/{number}/access/", **form).status == 422
    assert (
        officer.post(f"/customer/{number}/access/", **form, **{"mark-reason": "new portfolio"}).status == 302
    )
    assert (standing(customer), logged("customer.mark")) == (1, 1)
    ended = {**form, "mark-reason": "left", "mark-ends": "on"}
    assert officer.post(f"/customer/{number}/access/", **ended).status == 302
    assert (standing(customer), logged("customer.unmark")) == (0, 1)


def test_who_protects_a_customer_without_seeing_protected_ones_sees_it_no_more(
    customer: int, officer: Screens
) -> None:
    number = Customer(pk=customer).customer_no
    form = {"do": "mark", "mark-kind": "PROTECTED", "mark-guard": "STAFF", "mark-reason": "works here"}
    officer.post(f"/customer/{number}/access/", **form)
    assert officer.get(f"/customer/{number}/").status == 404
    teller = Screens(member_of_staff("teller", "teller", org=branch("1100")))
    assert teller.get(f"/customer/{number}/").status == 404


def test_a_customer_is_opened_to_one_from_elsewhere_and_closed_again(customer: int, officer: Screens) -> None:
    number = Customer(pk=customer).customer_no
    guest = Screens(member_of_staff("guest", "teller", org=branch("1200", branch("1000"))))
    assert guest.get(f"/customer/{number}/").status == 404
    form = {"do": "share", "share-to": "guest", "share-effect": "OPEN", "share-reason": "moves next week"}
    assert officer.post(f"/customer/{number}/access/", **form).status == 422
    assert officer.post(f"/customer/{number}/access/", **form, **{"share-until": "2090-01-01"}).status == 302
    assert guest.get(f"/customer/{number}/").status == 200
    officer.post(f"/customer/{number}/access/", **form, **{"share-ends": "on"})
    assert guest.get(f"/customer/{number}/").status == 404
    far = Screens(member_of_staff("far", "compliance", org=branch("1200")))
    Role.objects.update(mfa_required=False)
    assert far.post(f"/customer/{number}/access/", **form).status == 404


def test_clear_values_are_shown_with_a_cause_and_counted(customer: int, officer: Screens) -> None:
    number, row = Customer(pk=customer).customer_no, the_row("phone", customer, "MOBILE").pk
    form = {"fields_": "number", "cause": "AML", "reason": "A case of the authority"}
    unsaid = officer.post(f"/customer/{number}/reveal/phone/{row}/", **{**form, "cause": ""})
    assert (unsaid.status, Reveal.objects.count()) == (422, 0)
    told = officer.post(f"/customer/{number}/reveal/phone/{row}/", **form)
    assert (told.status, "13912345670" in told.text) == (200, True)
    assert (Reveal.objects.get().fields, logged("clear.read")) == (
        ["number"],
        1,
    )
    teller = Screens(member_of_staff("teller", "teller", org=branch("1100")))
    assert teller.post(f"/customer/{number}/reveal/phone/{row}/", **form).status == 403
    other = stored(person("P-9"))
    foreign = the_row("phone", other, "MOBILE").pk
    assert officer.post(f"/customer/{number}/reveal/phone/{foreign}/", **form).status in (404, 422)
    assert Reveal.objects.count() == 1
