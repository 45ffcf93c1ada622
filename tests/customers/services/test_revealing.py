"""Clear values: a right, a cause and words; a quota that no lost cache resets; alarms for what is unusual."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from customers.models import Customer
from customers.selectors.panorama import panorama
from customers.services import marks, sharing
from customers.services.revealing import Why, reveal
from mdm.errors import Invalid, NotAllowed, NotFound
from security.access.actor import Actor, staff_actor
from security.models import Alert, AlertRule, OperationLog, Reveal, User
from tests.factories.customers import bank, person, stored, the_row
from tests.factories.security import branch, everything, member_of_staff, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
#: A Wednesday morning in Beijing: nothing unusual about it.
MORNING = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
WHY = Why("AML", "case 12 asks for it")
NUMBER = "11010519491231002X"


@pytest.fixture
def customer() -> int:
    bank()
    return stored(person())


@pytest.fixture
def officer(customer: int) -> Actor:
    return replace(staff("officer", "compliance", org=branch("1100")), channel="COUNTER")


def row(customer: int) -> int:
    return int(the_row("credential", customer, "P01").pk)


def shown(actor: Actor, customer: int, at: datetime = MORNING, why: Why = WHY) -> object:
    return reveal(actor, "credential", row(customer), ["number"], why, at=at)


def test_the_clear_value_is_shown_and_its_trace_names_no_value(customer: int, officer: Actor) -> None:
    found = reveal(officer, "credential", row(customer), ["number"], WHY, at=MORNING)

    assert found.values == {"number": NUMBER}
    assert found.until == MORNING + timedelta(seconds=60)
    assert "officer" in found.watermark
    trace, entry = Reveal.objects.get(), OperationLog.objects.get(action="clear.read")
    assert (trace.fields, trace.customer_id, trace.cause) == (["number"], customer, "AML")
    assert entry.fields == {"fields": ["number"], "cause": "AML"}
    assert NUMBER not in f"{vars(trace)} {vars(entry)}"
    assert Alert.objects.count() == 0


def test_without_the_right_nobody_sees_it(customer: int) -> None:
    for role in ("teller", "branch_manager", "auditor", "administrator"):
        with pytest.raises(NotAllowed, match=r"access\.denied"):
            shown(staff(role, role, org=branch("1100")), customer)
    assert Reveal.objects.count() == 0


def test_out_of_scope_there_is_nothing(customer: int) -> None:
    with pytest.raises(NotFound, match=r"row\.unknown"):
        shown(staff("elsewhere", "compliance", org=branch("1200")), customer)


@pytest.mark.parametrize(
    "why",
    [
        Why("", "long enough"),
        Why("AML", "abc"),
        Why("JUDICIAL", "long enough"),
        Why("INCIDENT", "long enough", " "),
    ],
)
def test_a_cause_words_and_where_needed_a_document(customer: int, officer: Actor, why: Why) -> None:
    with pytest.raises(Invalid, match=r"reveal\.reason"):
        shown(officer, customer, why=why)


@pytest.mark.parametrize("fields", [[], ["type"], ["number", "number"], ["raw_values"], ["nothing"]])
def test_only_masked_fields_of_the_entry(customer: int, officer: Actor, fields: list[str]) -> None:
    with pytest.raises(Invalid, match=r"reveal\.field"):
        reveal(officer, "credential", row(customer), fields, WHY, at=MORNING)


def test_the_quota_holds_to_the_one_and_survives_a_lost_cache(customer: int, officer: Actor) -> None:
    with database_role("owner"):
        AlertRule.objects.filter(code="reveal.quota").update(threshold=3)
    for minute in range(3):
        assert shown(officer, customer, MORNING + timedelta(minutes=minute))
    cache.clear()

    with pytest.raises(NotAllowed, match=r"reveal\.quota"):
        shown(officer, customer, MORNING + timedelta(minutes=5))
    assert Reveal.objects.count() == 3
    assert Alert.objects.filter(rule="reveal.quota").count() == 1
    assert shown(officer, customer, MORNING + timedelta(days=1))


def rules() -> set[str]:
    return set(Alert.objects.values_list("rule", flat=True))


def test_many_showings_raise_an_alarm(customer: int, officer: Actor) -> None:
    with database_role("owner"):
        AlertRule.objects.filter(code="reveal.many").update(threshold=2)
    shown(officer, customer)
    assert rules() == set()
    shown(officer, customer, MORNING + timedelta(minutes=1))
    assert rules() == {"reveal.many"}


@pytest.mark.parametrize("at", [MORNING.replace(hour=20), MORNING.replace(day=8), MORNING.replace(hour=23)])
def test_night_and_sunday_raise_an_alarm(customer: int, officer: Actor, at: datetime) -> None:
    shown(officer, customer, at)
    assert rules() == {"reveal.night"}


def test_another_branch_raises_an_alarm(customer: int, officer: Actor) -> None:
    shown(replace(officer, org_code="1200"), customer)
    assert rules() == {"reveal.branch"}


def test_a_relative_raises_an_alarm(customer: int, officer: Actor) -> None:
    number = Customer(pk=customer).customer_no
    marks.mark(everything(), number, "KIN", "officer", reason="declared", at=MORNING)
    shown(officer, customer)
    assert rules() == {"reveal.relative"}


def test_a_rule_out_of_force_raises_nothing(customer: int, officer: Actor) -> None:
    with database_role("owner"):
        AlertRule.objects.filter(code="reveal.branch").update(active=False)
    shown(replace(officer, org_code="1200"), customer)
    assert rules() == set()


def test_protection_closes_a_customer_and_its_end_opens_it(customer: int, officer: Actor) -> None:
    number = Customer(pk=customer).customer_no
    teller = staff("teller", "teller", org=branch("1100"))
    assert panorama(teller, number, at=MORNING)["customer_no"] == number

    marks.mark(officer, number, "PROTECTED", "VIP", reason="board member", at=MORNING)
    for nobody in (teller, officer):
        with pytest.raises(NotFound, match=r"customer\.unknown"):
            panorama(nobody, number, at=MORNING)
    marks.unmark(officer, number, "PROTECTED", "VIP", reason="left the board", at=MORNING)

    assert panorama(teller, number, at=MORNING)["customer_no"] == number


def test_an_exception_opens_until_it_ends_and_closing_wins(customer: int, officer: Actor) -> None:
    number = Customer(pk=customer).customer_no
    staff("far", "teller", org=branch("1200"))
    user = User.objects.get(username="far")
    end = MORNING + timedelta(days=2)

    sharing.share(officer, number, "far", "OPEN", expires_at=end, reason="project", at=MORNING)
    assert panorama(staff_actor(user, MORNING), number, at=MORNING)["customer_no"] == number
    with pytest.raises(NotFound):
        panorama(staff_actor(user, end), number, at=end)
    sharing.share(officer, number, "far", "CLOSE", expires_at=None, reason="conflict", at=MORNING)
    with pytest.raises(NotFound):
        panorama(staff_actor(user, MORNING), number, at=MORNING)


def test_nobody_opens_a_customer_to_themselves(customer: int, officer: Actor) -> None:
    number = Customer(pk=customer).customer_no
    end = MORNING + timedelta(days=2)

    with pytest.raises(NotAllowed, match=r"grant\.self"):
        sharing.share(officer, number, "officer", "OPEN", expires_at=end, reason="mine", at=MORNING)
    member_of_staff("officer-2", "teller")
    User.objects.filter(username__in=("officer", "officer-2")).update(staff_no="S77")
    with pytest.raises(NotAllowed, match=r"grant\.self"):
        sharing.share(officer, number, "officer-2", "OPEN", expires_at=end, reason="mine too", at=MORNING)
    with pytest.raises(Invalid, match=r"exception\.expiry"):
        sharing.share(officer, number, "far", "OPEN", expires_at=None, reason="for ever", at=MORNING)
