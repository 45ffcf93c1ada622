"""Who sees which rows: the right, the branch it is held at, the time it holds, and whether the user is active."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from customers.models import Customer, Phone
from customers.selectors.customer import get, list_customers
from customers.selectors.history import history
from customers.selectors.panorama import panorama
from customers.selectors.search import search
from customers.services import facets
from mdm.errors import NotAllowed, NotFound
from security.access.actor import Actor, Right, staff_actor, system_actor
from security.access.roles import PERMISSIONS, ROLES
from security.access.scope import SETTING, in_scope, scope_setting, scoped
from security.models import Grant, Organisation, User
from tests.factories.customers import the_row
from tests.factories.security import NOW, grant, member_of_staff, staff
from tests.support.database_roles import database_role

if TYPE_CHECKING:
    from tests.security.access.conftest import Population

pytestmark = pytest.mark.django_db
ALL = {"1000", "1100", "1110", "1111", "1200", "1210"}
#: Where the right is held -> the branches whose customers are seen: the branch itself and all below it.
SEEN = {
    "1000": ALL,
    "1100": {"1100", "1110", "1111"},
    "1110": {"1110", "1111"},
    "1111": {"1111"},
    "1200": {"1200", "1210"},
    "1210": {"1210"},
}


def at_branch(code: str, *permissions: str, name: str = "someone") -> Actor:
    """A member of staff with permissions at one branch."""
    org = Organisation.objects.get(code=code)
    rights = (Right(frozenset(permissions or PERMISSIONS), org.pk),)
    return Actor(name, "staff", rights, org_code=code, channel="COUNTER")


def seen(actor: Actor) -> set[int]:
    """Customers that a list shows, page after page."""
    page = list_customers(actor, at=NOW, size=2)
    found = {row.pk for row in page.rows}
    while page.next is not None:
        page = list_customers(actor, at=NOW, size=2, after=page.next)
        found |= {row.pk for row in page.rows}
    return found


@pytest.mark.parametrize("code", sorted(SEEN))
def test_a_list_shows_the_branch_and_all_below_it(population: "Population", code: str) -> None:
    assert population.codes(seen(at_branch(code))) == SEEN[code]


@pytest.mark.parametrize("code", sorted(SEEN))
def test_every_way_of_reading_agrees_with_the_list(population: "Population", code: str) -> None:
    actor = at_branch(code)
    for other, pk in population.ids.items():
        number = Customer(pk=pk).customer_no
        for read in (get, panorama, history):
            if other in SEEN[code]:
                assert read(actor, number, at=NOW)
            else:
                with pytest.raises(NotFound, match=r"customer\.unknown"):
                    read(actor, number, at=NOW)


@pytest.mark.parametrize("code", sorted(SEEN))
@pytest.mark.parametrize(
    "typed", ["欧阳知远", "11010519491231002X", "13912345670", "zhiyuan@example.com", "oyzy"]
)
def test_a_search_finds_no_more_than_the_list(population: "Population", code: str, typed: str) -> None:
    numbers = {Customer(pk=pk).customer_no: pk for pk in population.ids.values()}

    found = search(at_branch(code), typed, at=NOW)

    assert population.codes({numbers[hit.customer_no] for hit in found.hits}) == SEEN[code]


def test_a_search_by_number_finds_nothing_out_of_scope(population: "Population") -> None:
    number = Customer(pk=population.ids["1200"]).customer_no

    assert search(at_branch("1200"), number, at=NOW).hits[0].customer_no == number
    assert search(at_branch("1100"), number, at=NOW).hits == []


@pytest.mark.usefixtures("contacts_alone")
@pytest.mark.parametrize("code", sorted(SEEN))
def test_a_change_reaches_no_further(population: "Population", code: str) -> None:
    actor = at_branch(code)
    for other, pk in population.ids.items():
        phone = the_row("phone", pk, "MOBILE")
        changes = {"number": "13912345679"}
        if other in SEEN[code]:
            assert facets.change(actor, "phone", phone.pk, 1, changes, reason="told", at=NOW).version == 2
        else:
            with pytest.raises(NotFound):
                facets.change(actor, "phone", phone.pk, 1, changes, reason="told", at=NOW)
            with pytest.raises(NotFound):
                facets.end(actor, "phone", phone.pk, 1, reason="told", at=NOW)
            with pytest.raises(NotFound):
                facets.add(actor, Customer(pk=pk).customer_no, "phone", changes, reason="told", at=NOW)
            assert the_row("phone", pk, "MOBILE").version == 1


def test_a_right_that_is_held_nowhere_is_refused(population: "Population") -> None:
    actor = at_branch("1100", "load.view")

    with pytest.raises(NotAllowed, match=r"access\.denied"):
        list_customers(actor, at=NOW)
    with pytest.raises(NotAllowed, match=r"access\.denied"), in_scope(actor, "customer.view"):
        pass
    with pytest.raises(NotAllowed):
        scoped(Customer.objects.all(), actor, "customer.view")


def test_rights_of_several_branches_add_up(population: "Population") -> None:
    one, other = (Organisation.objects.get(code=code).pk for code in ("1111", "1210"))
    view = frozenset({"customer.view"})
    actor = Actor("two", "staff", (Right(view, one), Right(view, other)))

    assert population.codes(seen(actor)) == {"1111", "1210"}


def test_a_right_to_change_elsewhere_does_not_show_what_may_not_be_seen(population: "Population") -> None:
    one, other = (Organisation.objects.get(code=code).pk for code in ("1110", "1200"))
    rights = (Right(frozenset({"customer.view"}), one), Right(frozenset({"customer.change"}), other))
    actor = Actor("mixed", "staff", rights)

    assert population.codes(seen(actor)) == {"1110", "1111"}
    with pytest.raises(NotFound):
        panorama(actor, Customer(pk=population.ids["1200"]).customer_no, at=NOW)


def test_a_system_of_the_product_sees_everything(population: "Population") -> None:
    assert population.codes(seen(system_actor("test", ["customer.view"]))) == ALL


# -- grants -------------------------------------------------------------------------------------------


def _granted(valid_from: datetime | None, valid_to: datetime | None, **user: Any) -> Actor:
    clerk = member_of_staff("clerk", org=Organisation.objects.get(code="1110"))
    User.objects.filter(pk=clerk.pk).update(**user or {"is_active": True})
    given = grant(clerk, "teller", Organisation.objects.get(code="1110"))
    Grant.objects.filter(pk=given.pk).update(valid_from=valid_from, valid_to=valid_to)
    return staff_actor(User.objects.get(pk=clerk.pk), NOW)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "holds"),
    [
        (None, None, True),
        (NOW - timedelta(days=1), NOW + timedelta(days=1), True),
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (None, NOW, False),
        (None, NOW - timedelta(seconds=1), False),
    ],
)
def test_a_grant_holds_in_its_time_only(
    population: "Population", valid_from: datetime | None, valid_to: datetime | None, holds: bool
) -> None:
    actor = _granted(valid_from, valid_to)

    assert actor.may("customer.view") is holds
    if holds:
        assert population.codes(seen(actor)) == {"1110", "1111"}
    else:
        with pytest.raises(NotAllowed):
            list_customers(actor, at=NOW)


@pytest.mark.parametrize("flags", [{"is_active": False}, {"is_active": False, "is_superuser": True}])
def test_an_inactive_user_may_nothing(population: "Population", flags: dict[str, bool]) -> None:
    actor = _granted(None, None, **flags)

    assert actor.rights == ()
    with pytest.raises(NotAllowed):
        list_customers(actor, at=NOW)


def test_a_superuser_of_django_holds_no_right_of_ours(population: "Population") -> None:
    boss = member_of_staff("boss", org=Organisation.objects.get(code="1000"))
    User.objects.filter(pk=boss.pk).update(is_superuser=True)

    assert staff_actor(User.objects.get(pk=boss.pk), NOW).rights == ()


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_every_role_holds_known_permissions_and_no_other(population: "Population", role: str) -> None:
    seed = next(entry for entry in ROLES if entry.code == role)

    actor = staff(f"user-{role}", role, org=Organisation.objects.get(code="1100"))

    assert {p for p in PERMISSIONS if actor.may(p)} == set(seed.permissions) <= set(PERMISSIONS)
    assert actor.mask_profile == seed.mask_profile


def test_a_second_role_never_loosens_the_mask_of_the_first(population: "Population") -> None:
    assert staff("both", "auditor", "teller").mask_profile == "strict"
    assert staff("counter", "teller", "key_officer").mask_profile == "standard"
    assert staff("none").mask_profile == "strict"


# -- the setting --------------------------------------------------------------------------------------


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


def test_the_setting_ends_with_its_block(population: "Population") -> None:
    actor = at_branch("1100")
    before = _setting()

    with in_scope(actor, "customer.view"):
        assert (
            _setting()
            == scope_setting(actor, "customer.view")
            == f"{{{Organisation.objects.get(code='1100').pk}}}"
        )
        with in_scope(at_branch("1200"), "customer.view"):
            assert Phone.objects.count() == 4
        assert Phone.objects.count() == 6
    assert _setting() == before
    assert Phone.objects.count() == 0


def test_the_setting_ends_with_a_failing_block_too(population: "Population") -> None:
    with pytest.raises(RuntimeError), in_scope(at_branch("1000"), "customer.view"):
        raise RuntimeError
    assert Phone.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_setting_does_not_survive_its_transaction() -> None:
    with in_scope(system_actor("test", ["customer.view"]), "customer.view"):
        assert _setting() == "{0}"
    assert _setting() == ""
    with database_role("engine"), transaction.atomic():
        assert _setting() == ""
