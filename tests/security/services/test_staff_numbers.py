"""Which accounts are one person: told when an account is made, changed by two, asked when a role is given."""

import pytest

from mdm.errors import Invalid, NotAllowed
from security.access.actor import Actor, staff_actor
from security.access.persons import accounts_of, person_of
from security.access.roles import seed_roles
from security.approvals import deciding
from security.approvals.gate import ApprovalNeeded
from security.models import Role, User
from security.services import accounts, staff_numbers
from tests.factories.security import NOW, branch, client_system, everything, member_of_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Actor:
    seed_roles()
    return staff_actor(member_of_staff("admin", "administrator", org=branch(), staff_no="A1"), NOW)


def made(admin: Actor, name: str, staff_no: str) -> User:
    told = {"display_name": name, "org": branch(), "password": "a long first password", "reason": "new"}
    return accounts.create_user(admin, name, staff_no=staff_no, at=NOW, **told)  # type: ignore[arg-type]


def give(actor: Actor, user: User, role: str) -> None:
    found = Role.objects.get(code=role)
    accounts.grant(actor, user.pk, found, branch(), valid_from=None, valid_to=None, reason="work", at=NOW)


def test_an_account_says_whose_it_is(admin: Actor) -> None:
    first, second = made(admin, "li", " ａ-7 "), made(admin, "li.2", "A-7")
    assert (first.staff_no, person_of(first)) == ("A-7", person_of(second))
    client, _token = client_system(answerable="li")
    assert set(accounts_of(first)) == {first, second, client.user}
    for wrong in ("", "  ", "A 7", "x" * 21):
        with pytest.raises(Invalid, match=r"user\.staff_no"):
            made(admin, "zhao", wrong)


def test_accounts_without_a_number_are_persons_of_their_own() -> None:
    one, other = member_of_staff("one", staff_no=""), member_of_staff("other", staff_no="")
    assert person_of(one) != person_of(other)
    assert list(accounts_of(one)) == [one]


def test_a_number_is_changed_by_two_persons(admin: Actor) -> None:
    li = made(admin, "li", "A7")
    done = staff_numbers.change(admin, li.pk, "a8", reason="mistyped", at=NOW)
    li.refresh_from_db()
    assert done.request is not None
    assert li.staff_no == "A7"
    officer = staff_actor(member_of_staff("officer", "key_officer", org=branch()), NOW)
    deciding.approve(officer, done.request.pk, done.request.version, reason="seen", at=NOW)
    li.refresh_from_db()
    assert li.staff_no == "A8"
    assert staff_numbers.change(admin, li.pk, "A8", reason="again", at=NOW).request is None


def test_nobody_gets_out_of_their_own_number(admin: Actor) -> None:
    with pytest.raises(NotAllowed):
        staff_numbers.change(admin, admin.user_id or 0, "B9", reason="x", at=NOW)
    with pytest.raises(NotAllowed):
        staff_numbers.change(admin, made(admin, "twin", "A1").pk, "B9", reason="x", at=NOW)


def test_a_number_does_not_join_what_lies_in_different_hands(admin: Actor) -> None:
    teller = member_of_staff("teller", "teller", org=branch())
    with pytest.raises(Invalid, match=r"grant\.duties"):
        staff_numbers.change(everything(), teller.pk, "A1", reason="one person", at=NOW)


def test_a_role_is_given_to_a_person_only(admin: Actor) -> None:
    with pytest.raises(Invalid, match=r"grant\.staff_no"):
        give(admin, member_of_staff("nobody", org=branch(), staff_no=""), "teller")
    with pytest.raises(ApprovalNeeded):
        give(admin, made(admin, "li", "A7"), "teller")


def test_nobody_gives_rights_to_their_other_account(admin: Actor) -> None:
    with pytest.raises(NotAllowed, match=r"grant\.self"):
        give(admin, made(admin, "twin", "A1"), "operator")
    client, _token = client_system(answerable="admin", org=branch())
    with pytest.raises(NotAllowed, match=r"grant\.self"):
        give(admin, client.user, "operator")


def test_two_accounts_of_one_person_do_not_share_out_a_pair_of_duties(admin: Actor) -> None:
    with pytest.raises(Invalid, match=r"grant\.duties"):
        give(everything(), made(everything(), "third", "A1"), "teller")
