"""A name and what else is known finds whom both are true of, and nobody by what the reader may not see."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from consolidation.services.merging import Grounds, merge
from customers.models import Customer, Phone
from customers.rules.number import customer_no
from customers.rules.search_text import take_apart
from customers.selectors import narrowing
from customers.selectors.customer import VIEW
from customers.selectors.search import matching, search
from security.access.actor import Actor
from security.access.scope import in_scope
from security.models import OperationLog
from tests.factories.customers import another, company, person, stamp, store, stored
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def number(customer_id: int) -> str:
    return customer_no(customer_id)


def found(typed: str, actor: Actor | None = None) -> list[str]:
    return [hit.customer_no for hit in search(actor or everything(), typed, at=NOW).hits]


@pytest.fixture
def two(bank: None) -> tuple[str, str]:
    """Two of one name: born 1949 in Beijing, and born 1980 in Shenzhen with a number that ends in 1234."""
    first = number(stored(person()))
    second = another(person("P-2"))
    second.facets["person_profile"][0]["birth_date"] = date(1980, 5, 12)
    second.facets["credential"] = [
        {"slot": "P04", "type": "P04", "number": "E12341234", "issuing_country": "CHN"}
    ]
    second.facets["phone"] = [{"slot": "MOBILE", "kind": "MOBILE", "number": "+8613812340001"}]
    second.facets["email"] = []
    second.facets["address"] = [
        {
            "slot": "RESIDENCE",
            "kind": "RESIDENCE",
            "country": "CHN",
            "region_code": "440305",
            "city": "深圳市",
        }
    ]
    return first, number(stored(second))


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("欧阳知远 1949-12-31", [0]),
        ("欧阳知远 1980", [1]),
        ("欧阳知远 1949", [0]),
        ("欧阳知远 002X", [0]),
        ("欧阳知远 1234", [0, 1]),  # a telephone of the one, a passport of the other
        ("欧阳知远 138", [1]),
        ("欧阳知远 深圳", [1]),
        ("ouyangzhiyuan Shenzhen 1980", [1]),
        ("欧阳知远 138 1949", []),
        ("欧阳知远 branch:1100 138", [1]),
        ("欧阳知远 branch:9", []),
        ("欧阳知远 branch:1100\0", [0, 1]),
        ("欧阳知远 place:深\0", [1]),
        ("欧阳知远 place:深\ud800圳", [1]),
        ("欧阳知远 place:%", []),
        ("欧阳知远 place:_圳市", []),
        ("欧阳知远 place:\\", []),
        ("欧阳知远 branch:11__", []),
        ("13912345670 1949", [0]),
        ("13912345670 1980", []),
    ],
)
@pytest.mark.parametrize("some", [1, narrowing.SLICE])
def test_both_must_be_true(
    two: tuple[str, str], typed: str, who: list[int], some: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "SLICE", some)
    assert sorted(found(typed)) == sorted(two[place] for place in who)


@pytest.mark.parametrize(
    ("typed", "size", "opened", "many", "more"),
    [
        ("欧阳知远 1949-12-31", 3, 9, 3, True),  # a page is full before all are compared
        ("欧阳知远 1949-12-31", 6, 9, 6, False),
        # no more numbers are opened, in whatever slice they lie
        ("欧阳知远 1949-12-31 002X", 20, 3, 3, True),
        ("欧阳知远 1949-12-31 002X", 20, 6, 6, False),
        ("欧阳知远 002X", 20, 5, 5, True),
        ("欧阳知远 002X", 20, 6, 6, False),
        ("欧阳知远 1950-12-31 002X", 20, 3, 0, False),
        ("欧阳知远 0000", 20, 3, 0, True),
    ],
)
def test_namesakes_are_compared_some_at_a_time_in_their_order(
    bank: None,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    size: int,
    opened: int,
    many: int,
    more: bool,
) -> None:
    ids = sorted(store([person(f"P-{n}") for n in range(6)]).customer_ids)
    monkeypatch.setattr(narrowing, "SLICE", 2)
    monkeypatch.setattr(narrowing, "OPENED", opened)
    result = search(everything(), typed, at=NOW, size=size)
    assert [hit.customer_no for hit in result.hits] == [number(pk) for pk in ids[:many]]
    assert result.more is more


def test_an_export_compares_as_many_as_it_may_hold(bank: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sorted(store([person(f"P-{n}") for n in range(6)]).customer_ids)
    monkeypatch.setattr(narrowing, "MOST", 2)
    with in_scope(everything(), VIEW):
        assert matching(everything(), "欧阳知远 1949-12-31", 100) == ids
        assert matching(everything(), "欧阳知远 1949-12-31", 1) == ids[:1]


def test_it_is_told_how_it_was_read_and_no_value_is_logged(two: tuple[str, str]) -> None:
    result = search(everything(), "欧阳知远 138 1980", at=NOW)
    assert [one.kind for one in result.interpretations] == ["name", "phone", "year_or_ends"]
    with override("en"):
        pieces = take_apart("欧阳知远 138 1980")
        assert pieces is not None
        assert [narrowing.label(piece) for piece in pieces.known] == [
            "telephone beginning with 138",
            "born 1980 or number ending in 1980",
        ]
    logged = OperationLog.objects.filter(action="customer.search").latest("pk")
    assert logged.fields == {"read_as": ["name", "phone", "year_or_ends"], "found": 1}


def test_an_organisation_and_its_place(bank: None) -> None:
    seat = {"slot": "REGISTERED", "kind": "REGISTERED", "country": "CHN", "city": "深圳市"}
    firm = number(stored(company(address=[seat])))
    name = search(everything(), firm, at=NOW).hits[0].display_name
    assert found(f"{name} 深圳") == [firm]
    assert found(f"{name} 乌鲁木齐") == []


@pytest.mark.parametrize("rest", ["branch:9", "born:1980", "ends:0000", "place:乌鲁木齐"])
def test_of_a_long_name_the_rest_is_heard(bank: None, rest: str) -> None:
    firm = company()
    firm.facets["organisation_profile"][0]["registered_name"] = "深圳市星辰远航计算机系统有限公司"
    who = number(stored(firm))
    assert found("深圳市星辰远航计算机系统有限公司") == [who]
    assert found("深圳市星辰远航计算机系统有限公司 branch:1100") == [who]
    assert found(f"深圳市星辰远航计算机系统有限公司 {rest}") == []


def test_an_ended_number_narrows_to_nobody(two: tuple[str, str]) -> None:
    assert found("欧阳知远 138") == [two[1]]
    with database_role("engine"):
        Phone.objects.update(status="ENDED")
    assert found("欧阳知远 138") == []


@pytest.mark.parametrize(
    ("hidden", "typed", "who"),
    [
        ("credential.number", "欧阳知远 1234", [0]),
        ("phone.number", "欧阳知远 1234", [1]),
        ("phone.number", "欧阳知远 138", []),
        ("credential.number", "欧阳知远 138", [1]),
    ],
)
def test_a_hidden_kind_of_number_is_not_compared(
    two: tuple[str, str], hidden: str, typed: str, who: list[int]
) -> None:
    seeing = staff("seeing", "auditor", org=branch("1000"))
    rights = tuple(replace(right, hidden=frozenset({hidden})) for right in seeing.rights)
    assert found(typed, replace(seeing, rights=rights)) == [two[place] for place in who]


def test_what_is_hidden_narrows_to_nobody(two: tuple[str, str]) -> None:
    hidden = frozenset({"person_profile.birth_date", "credential.number", "phone.*"})
    seeing = staff("seeing", "auditor", org=branch("1000"))
    blind = replace(seeing, rights=tuple(replace(right, hidden=hidden) for right in seeing.rights))
    assert found("欧阳知远 138", seeing) == [two[1]]
    for typed in ("欧阳知远 1980-05-12", "欧阳知远 1980", "欧阳知远 138", "欧阳知远 002X"):
        assert found(typed, blind) == [], typed
    assert found("欧阳知远 深圳", blind) == [two[1]]


def test_numbers_of_who_was_merged_are_compared_too(two: tuple[str, str]) -> None:
    with database_role("engine"):
        ids = tuple(Customer.objects.order_by("pk").values_list("pk", flat=True))
        merge(everything(), [Grounds(ids, "M01", "1", 1.0)], stamp(everything()))
    assert found("欧阳知远 002X") == found("欧阳知远 ends:1234") == found("欧阳知远 138") == [two[0]]
    assert found("欧阳知远 ends:0000") == []


@pytest.mark.parametrize(
    ("typed", "looks"),
    [
        ("欧阳知远 born:1980", 1),  # it says itself what it is made of
        ("欧阳知远 1980", 2),  # it may be one name
        ("欧阳知远 born:1960", 1),
    ],
)
def test_what_says_how_it_is_made_is_asked_for_at_once(two: tuple[str, str], typed: str, looks: int) -> None:
    asked: list[str] = []

    def listen(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        asked.append(str(statement))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(listen):
        search(everything(), typed, at=NOW)
    assert sum("panorama_search" in statement for statement in asked) == looks


def test_numbers_of_few_only_are_opened(two: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "OPENED", 1)
    result = search(everything(), "欧阳知远 138", at=NOW)
    assert result.more
    with database_role("engine"):
        assert search(everything(), "欧阳知远 1980-05-12", at=NOW).more is False
