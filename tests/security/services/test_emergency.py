"""Emergency access: two other persons allow it, whatever accounts they use; it ends, and it is decided once."""

from datetime import timedelta

import pytest

from mdm.errors import Duplicate, NotAllowed, ServiceError
from security.access.actor import Actor, staff_actor
from security.access.roles import seed_roles
from security.models import Alert, BreakGlass, User
from security.services import emergency
from tests.factories.security import NOW, branch, member_of_staff

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)


def hired(name: str, role: str, staff_no: str | None = None) -> Actor:
    return staff_actor(member_of_staff(name, role, org=branch(), staff_no=staff_no), NOW)


@pytest.fixture
def asked() -> BreakGlass:
    """What an administrator, staff number A1, has asked for."""
    seed_roles()
    administrator = hired("wang", "administrator", "A1")
    return emergency.ask(administrator, minutes=30, reason="The core system is down", at=NOW)


def code_of(act: object, *args: object, **told: object) -> str:
    with pytest.raises(ServiceError) as refused:
        act(*args, **told)  # type: ignore[operator]
    return refused.value.code


def test_two_others_open_it_and_it_ends_by_itself(asked: BreakGlass) -> None:
    emergency.allow(hired("li", "compliance"), asked.pk, at=SOON)
    opened = emergency.allow(hired("zhao", "key_officer"), asked.pk, at=SOON)
    assert (opened.state, opened.ends_at) == ("OPEN", SOON + timedelta(minutes=30))
    wang = User.objects.get(username="wang")
    assert staff_actor(wang, SOON).may("customer.view")
    assert not staff_actor(wang, SOON + timedelta(minutes=30)).may("customer.view")
    assert Alert.objects.filter(rule="breakglass.open").count() == 2


def test_nobody_allows_refuses_or_sees_as_anothers_what_they_asked_for_by_another_account(
    asked: BreakGlass,
) -> None:
    twin = hired("wang.officer", "key_officer", " a1")
    assert code_of(emergency.allow, twin, asked.pk, at=SOON) == "breakglass.self"
    assert code_of(emergency.refuse, twin, asked.pk, reason="x", at=SOON) == "breakglass.self"
    assert not emergency.visible(twin).exists()
    User.objects.filter(username="wang").update(staff_no="B2")  # a later number does not undo it
    assert code_of(emergency.allow, twin, asked.pk, at=SOON) == "breakglass.self"


def test_one_person_with_two_accounts_is_not_two_who_allow(asked: BreakGlass) -> None:
    first, again = hired("li", "compliance", "C1"), hired("li.keys", "key_officer", "C1")
    emergency.allow(first, asked.pk, at=SOON)
    for actor in (first, again):
        with pytest.raises(NotAllowed, match=r"breakglass\.self"):
            emergency.allow(actor, asked.pk, at=SOON)
    asked.refresh_from_db()
    assert (asked.state, asked.allowed_persons) == ("ASKED", ["staff:C1"])


def test_a_person_asks_once_whichever_account(asked: BreakGlass) -> None:
    twin = hired("wang.2", "administrator", "A1")
    told = {"minutes": 5, "reason": "The core system is down", "at": SOON}
    assert code_of(emergency.ask, twin, **told) == "breakglass.open"


def test_what_is_over_is_not_allowed_or_closed(asked: BreakGlass) -> None:
    officer = hired("zhao", "key_officer")
    assert code_of(emergency.allow, officer, asked.pk, at=NOW + emergency.WAITS) == "breakglass.decided"
    assert code_of(emergency.close, officer, asked.pk, at=SOON) == "breakglass.decided"
    emergency.refuse(officer, asked.pk, reason="no need", at=SOON)
    with pytest.raises(Duplicate):
        emergency.allow(hired("li", "compliance"), asked.pk, at=SOON)


def test_it_is_closed_before_its_time_and_not_by_strangers(asked: BreakGlass) -> None:
    for name, role in (("li", "compliance"), ("zhao", "key_officer")):
        emergency.allow(hired(name, role), asked.pk, at=SOON)
    assert code_of(emergency.close, hired("teller", "teller"), asked.pk, at=SOON) == "access.denied"
    wang = User.objects.get(username="wang")
    emergency.close(staff_actor(wang, SOON), asked.pk, at=SOON)
    assert not staff_actor(wang, SOON).may("customer.view")
