"""Who asks for a protected customer without right is told nothing, and an alarm tells of it."""

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.rules.number import customer_id
from customers.selectors.search import search
from customers.services import marks, onboarding
from security.access.actor import Actor
from security.models import Alert
from tests.factories.customers import bank, newcomer, person, stored
from tests.factories.security import NOW, branch, client_system, everything, staff
from tests.support.api import Api

pytestmark = pytest.mark.django_db
#: Ways to ask for the one person: as stored, by document, telephone, e-mail and key in the source.
WAYS = ("11010519491231002X", "13912345670", "zhiyuan@example.com", "core_customer:P-1")


@pytest.fixture
def number() -> str:
    """A protected customer of 1100."""
    bank()
    told = Customer(pk=stored(person())).customer_no
    marks.mark(everything(), told, "PROTECTED", "VIP", reason="Asked by the branch", at=NOW)
    return told


@pytest.fixture
def teller(number: str) -> Actor:
    return staff("teller", "teller", org=branch("1100"))


def alarms() -> list[tuple[str, str, int | None]]:
    found = Alert.objects.filter(rule="protected.lookup").order_by("pk")
    return list(found.values_list("rule", "actor", "customer_id"))


@pytest.mark.parametrize("way", WAYS)
def test_a_search_in_vain_for_a_protected_customer_raises_an_alarm_once(
    way: str, number: str, teller: Actor
) -> None:
    for _again in range(2):
        assert search(teller, way, at=NOW).hits == []
    assert alarms() == [("protected.lookup", "teller", customer_id(number))]


def test_so_does_its_number_in_the_search(number: str, teller: Actor) -> None:
    assert search(teller, number, at=NOW).hits == []
    assert len(alarms()) == 1


def test_who_may_see_it_and_who_asks_for_nobody_raise_none(number: str, teller: Actor) -> None:
    assert search(everything(), number, at=NOW).hits
    assert search(everything(), WAYS[0], at=NOW).hits
    for text in ("13999999999", "11010119900307651X", "欧阳", Customer(pk=999_999).customer_no):
        assert search(teller, text, at=NOW).hits == []
    assert alarms() == []


def test_a_page_or_answer_refused_raises_it_too_and_tells_nothing(number: str) -> None:
    client, token = client_system(org=branch("1100"))
    unknown = Customer(pk=999_999).customer_no
    api = Api(token)
    one, other = api.get(f"customers/{number}"), api.get(f"customers/{unknown}")
    assert (one.status, one.code) == (other.status, other.code) == (404, "customer.unknown")
    assert alarms() == [("protected.lookup", client.user.username, customer_id(number))]
    assert Alert.objects.get(rule="protected.lookup").at <= timezone.now()


def test_typing_a_protected_customer_in_raises_it_too_and_tells_nothing(number: str, teller: Actor) -> None:
    for _again in range(2):
        assert onboarding.match_check(teller, person("B"), at=NOW) == []
    assert alarms() == [("protected.lookup", "teller", customer_id(number))]
    assert [one.customer_no for one in onboarding.match_check(everything(), person("B"), at=NOW)] == [number]


def test_so_does_creating_the_customer_once_more(number: str, teller: Actor) -> None:
    made = onboarding.create(teller, newcomer("B"), at=NOW)
    assert (made.outcome, made.suspects) == ("CREATED", [])
    assert alarms() == [("protected.lookup", "teller", customer_id(number))]
