"""A branch moves in the tree: paths of all below it, and who sees its customers, follow in the same moment."""

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.rules.number import customer_no
from customers.selectors.search import search
from mdm.errors import Invalid, NotAllowed, NotFound, ServiceError
from security.access.actor import Actor, staff_actor
from security.approvals import deciding
from security.models import OperationLog, Organisation, User
from security.services import branch_moves
from tests.factories.customers import bank, person, stored
from tests.factories.security import branch, member_of_staff, staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> str:
    """Of 1111, which lies below 1110 and 1100."""
    with database_role("engine"):
        bank()
        bundle = person()
        bundle.facets["customer"][0]["org"] = "1111"
        return customer_no(stored(bundle))


def someone(name: str, role: str, org: str = "1000") -> Actor:
    user = member_of_staff(name, role, org=branch(org))
    return staff_actor(User.objects.select_related("org").get(pk=user.pk), timezone.now())


def paths() -> dict[str, list[str]]:
    codes = {org.pk: org.code for org in Organisation.objects.all()}
    return {org.code: [codes[pk] for pk in org.path if pk] for org in Organisation.objects.all()}


def seen_by(actor: Actor) -> bool:
    return bool(search(actor, "13912345670", at=timezone.now()).hits)


def test_scope_follows_at_once(customer: str) -> None:
    north, south = staff("north", "teller", org=branch("1100")), staff("south", "teller", org=branch("1200"))
    assert (seen_by(north), seen_by(south)) == (True, False)
    admin, now = someone("admin", "administrator"), timezone.now()

    request = branch_moves.move(admin, "1110", "1210", reason="reorganised", at=now).request
    assert request is not None
    assert (seen_by(north), seen_by(south)) == (True, False), "nothing before the second person"
    deciding.approve(someone("officer", "key_officer"), request.pk, request.version, reason="seen", at=now)

    assert (seen_by(north), seen_by(south)) == (False, True)
    assert paths()["1111"] == ["1000", "1200", "1210", "1110", "1111"]
    assert paths()["1100"] == ["1000", "1100"]
    with database_role("engine"):
        row = Customer.objects.get()
    assert row.org_path == sorted(Organisation.objects.get(code="1111").path)
    told = OperationLog.objects.get(action="branch.move").fields or {}
    assert told.pop("approval")["by"] == ["officer"]
    assert told == {"branch": "1110", "from": "1100", "to": "1210", "branches": 2, "customers": 1}


@pytest.mark.parametrize(
    ("org", "parent", "code"),
    [
        ("1100", "1111", "branch.circle"),
        ("1100", "1100", "branch.circle"),
        ("1000", "1100", "branch.head"),
        ("1110", "1100", "branch.there"),
        ("1110", "9999", "branch.unknown"),
        ("9999", "1100", "branch.unknown"),
    ],
)
def test_what_makes_no_tree_is_refused(customer: str, org: str, parent: str, code: str) -> None:
    before = paths()
    with pytest.raises(ServiceError) as refusal:
        branch_moves.move(someone("admin", "administrator"), org, parent, reason="x", at=timezone.now())
    assert refusal.value.code == code
    assert isinstance(refusal.value, Invalid | NotFound)
    assert paths() == before


def test_who_manages_one_side_only_moves_nothing_across(customer: str) -> None:
    local = someone("local", "administrator", "1100")
    with pytest.raises(NotAllowed, match=r"access\.branch"):
        branch_moves.move(local, "1110", "1200", reason="x", at=timezone.now())


def test_at_the_screen_it_is_asked_for(customer: str) -> None:
    someone("admin", "administrator")
    screens = Screens(User.objects.get(username="admin"))
    address = f"/security/organisation/{Organisation.objects.get(code='1110').pk}/change/"
    assert address in screens.get("/security/organisation/").html
    assert screens.get(address).status == 200
    assert screens.post(address, parent="1111", reason="x").status == 422
    assert screens.post(address, parent="1200", reason="x").location.startswith("/approvals/")
