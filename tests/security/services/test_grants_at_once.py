"""Two grants at once to two accounts of one person: the second sees the first."""

import pytest

from mdm.errors import Invalid
from security.models import Grant, Role, User
from security.services import accounts, staff_numbers
from tests.factories.security import NOW, branch, everything, grant, member_of_staff
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db(transaction=True)
SAY = {"reason": "as agreed", "at": NOW}


def give(user: User, role: str) -> Grant:
    times = {"valid_from": None, "valid_to": None}
    return accounts.grant(everything(), user.pk, Role.objects.get(code=role), branch(), **times, **SAY)  # type: ignore[arg-type]


@pytest.fixture
def two_accounts() -> tuple[User, User]:
    """Two accounts of one person; the second with the letters of the number in another form."""
    grant(member_of_staff("somebody else", org=branch()), "teller", branch())  # seeds the roles
    return (
        member_of_staff("first", org=branch(), staff_no="A7"),
        member_of_staff("second", org=branch(), staff_no=" a7"),
    )


def test_the_second_of_a_pair_waits_and_is_refused(two_accounts: tuple[User, User]) -> None:
    one, other = two_accounts
    with two_racers() as (first, second):
        first.do(lambda: give(one, "compliance"))
        late = second.start(lambda: give(other, "teller"))
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(Invalid, match=r"grant\.duties"):
            late.result(20)
    assert [given.role.code for given in Grant.objects.filter(user__in=two_accounts)] == ["compliance"]


def test_an_account_that_becomes_the_person_s_waits_and_is_refused(two_accounts: tuple[User, User]) -> None:
    """The number is given to a teller's account while the person becomes a compliance officer."""
    one, _other = two_accounts
    teller = User.objects.get(username="somebody else")
    told = {"user": teller.pk, "staff_no": "A7"}
    with two_racers() as (first, second):
        first.do(lambda: give(one, "compliance"))
        late = second.start(lambda: staff_numbers.do_change(everything(), told, "one person", NOW))
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(Invalid, match=r"grant\.duties"):
            late.result(20)
    assert User.objects.get(pk=teller.pk).staff_no != "A7"
