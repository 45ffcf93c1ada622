"""Typed search: the box recognises what was typed; only who is in scope is found, and nothing typed is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from consolidation.services.merging import Grounds, merge
from customers.models import Customer
from customers.selectors.search import LARGEST, search
from mdm.errors import Invalid, NotAllowed
from security.access.actor import Actor, system_actor
from security.models import OperationLog
from tests.factories.customers import another, company, person, stamp, store, stored
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def found(actor: Actor, typed: str) -> list[str]:
    """The customers that a text finds."""
    return [hit.customer_no for hit in search(actor, typed, at=NOW).hits]


@pytest.fixture
def someone(bank: None) -> str:
    """欧阳知远 with a second document, a former and an English name."""
    bundle = person()
    bundle.facets["customer_name"] += [
        {"slot": "FORMER", "kind": "FORMER", "full_name": "欧阳近"},
        {"slot": "ENGLISH", "kind": "ENGLISH", "full_name": "Ouyang Grace"},
    ]
    bundle.facets["credential"].append(
        {"slot": "P04", "type": "P04", "number": "E12345678", "issuing_country": "CHN"}
    )
    return number(stored(bundle))


@pytest.fixture
def firm(bank: None) -> str:
    return number(stored(company()))


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
        "E12345678",
        "e12345678",
        "13912345670",
        "139-1234-5670",
        "+86 139 1234 5670",
        "008613912345670",
        "010-65551234",
        "zhiyuan@example.com",
        "ZhiYuan@Example.COM",
        "欧阳知远",
        "歐陽知遠",
        "欧阳",
        "欧阳知",
        "欧阳近",
        "ouyang zhiyuan",
        "OUYANGZHIYUAN",
        "zhiyuan ouyang",
        "oyzy",
        "Grace",
        "Ouyang Grace",
    ],
)
def test_a_person_is_found_by_everything_one_may_type(teller: Actor, someone: str, typed: str) -> None:
    assert found(teller, typed) == [someone]


@pytest.mark.parametrize(
    "typed",
    [
        "91350100M000100Y43",
        "91350100m000100y43",
        "M000100Y4",
        "M000100Y-4",
        "北京星辰科技有限公司",
        "星辰科技",
        "星辰",
        "Xingchen",
        "beijing xingchen",
        "Xingchen Technology",
    ],
)
def test_a_firm_is_found_by_everything_one_may_type(teller: Actor, firm: str, typed: str) -> None:
    assert found(teller, typed) == [firm]


@pytest.mark.parametrize("typed", ["D-2026-000001", "d 2026 000001", "536904399", "536-90-4399"])
def test_agreements_and_taxpayer_numbers_find_their_customer(teller: Actor, someone: str, typed: str) -> None:
    assert found(teller, typed) == [someone]


def test_an_employer_is_found_by_its_agreement(teller: Actor, bank: None) -> None:
    employer = number(stored(company(agency_agreement=[{"slot": "1", "agreement_no": "DF-20260077"}])))

    assert found(teller, "DF-20260077") == [employer]


def test_a_number_is_found_by_its_own_kind_and_told_so(teller: Actor, someone: str, firm: str) -> None:
    for typed, kind in (
        (someone, "customer_no"),
        ("11010519491231002X", "P01"),
        ("13912345670", "PHONE"),
        ("zhiyuan@example.com", "EMAIL"),
        ("欧阳", "name"),
    ):
        result = search(teller, typed, at=NOW)
        assert kind in {reading.kind for reading in result.interpretations}, typed
        assert all(str(reading.label) for reading in result.interpretations)


def test_a_fifteen_digit_card_is_found_by_its_eighteen_digits(teller: Actor, bank: None) -> None:
    bundle = person()
    bundle.facets["credential"][0]["number"] = "110105491231002"
    old = number(stored(bundle))

    assert found(teller, "11010519491231002X") == [old]
    assert found(teller, "110105491231002") == [old]


def test_a_number_that_fails_its_check_is_found_all_the_same(teller: Actor, bank: None) -> None:
    bundle = person()
    bundle.facets["credential"][0]["number"] = "110105194912310021"
    wrong = number(stored(bundle))

    assert found(teller, "110105194912310021") == [wrong]


@pytest.mark.parametrize(
    "typed", ["440524188001010014", "13800000001", "nobody@example.com", "司马", "zzzz", "C00000000000"]
)
def test_what_nobody_has_finds_nobody(teller: Actor, someone: str, typed: str) -> None:
    result = search(teller, typed, at=NOW)

    assert (result.hits, result.more) == ([], False)


@pytest.mark.parametrize("typed", ["", " ", "欧", " x ", "\u3000"])
def test_less_than_two_characters_are_refused(teller: Actor, typed: str) -> None:
    with pytest.raises(Invalid, match=r"search\.short"):
        search(teller, typed, at=NOW)


@pytest.mark.parametrize(
    "typed", ["' OR 1=1 --", "%%", "__", "\\\\", "}{", "a\x00b", "\ud800x", "x" * 5000, "1" * 5000, "，。"]
)
def test_no_text_breaks_the_search(teller: Actor, someone: str, typed: str) -> None:
    assert search(teller, typed, at=NOW).hits == []


def test_what_is_found_is_masked(teller: Actor, auditor: Actor, someone: str) -> None:
    for actor in (teller, auditor):
        (hit,) = search(actor, "欧阳知远", at=NOW).hits
        told = str(hit)
        for clear in ("欧阳知远", "知", "19491231", "11010519491231002X", "13912345670"):
            assert clear not in told, actor.name
        assert "***" in hit.credential


def test_the_pages_of_a_long_answer_say_that_there_is_more(teller: Actor, bank: None) -> None:
    ids = store([person(f"P-{n}") for n in range(6)]).customer_ids

    few = search(teller, "欧阳知远", at=NOW, size=4)
    all_of_them = search(teller, "欧阳知远", at=NOW, size=1000)

    assert ([hit.customer_no for hit in few.hits], few.more) == ([number(pk) for pk in ids[:4]], True)
    assert (len(all_of_them.hits), all_of_them.more) == (6, False)
    assert LARGEST == 50


def test_a_search_narrows_to_the_scope_before_it_limits(teller: Actor, bank: None) -> None:
    elsewhere = [person(f"E-{n}") for n in range(40)]
    for bundle in elsewhere:
        bundle.facets["customer"][0]["org"] = "1200"
    store(elsewhere)
    here = number(stored(person("H")))

    for size in (5, 1):  # with one wanted, the index is asked for those at the branch after 32 were looked at
        result = search(teller, "欧阳知远", at=NOW, size=size)
        assert ([hit.customer_no for hit in result.hits], result.more) == ([here], False)


def test_who_was_merged_is_found_once_by_what_any_member_told(teller: Actor, bank: None) -> None:
    other = person("B", email=[])
    other.facets["phone"] = [{"slot": "MOBILE", "kind": "MOBILE", "number": "+8613912345699"}]
    other.facets["customer_name"][0]["full_name"] = "上官知远"
    ids = store([person("A"), other]).customer_ids
    with database_role("engine"):
        merge(everything(), [Grounds(tuple(ids), "M01", "1", 1.0)], stamp(everything()))

    for typed in ("13912345670", "13912345699", "欧阳知远", "上官知远", "11010519491231002X", number(ids[1])):
        assert found(teller, typed) == [number(ids[0])], typed


def test_searching_takes_the_right(bank: None) -> None:
    with pytest.raises(NotAllowed):
        search(system_actor("loader", ["load.run"]), "欧阳", at=NOW)


def test_a_search_is_logged_with_how_it_was_read_and_never_with_what_was_typed(
    teller: Actor, someone: str
) -> None:
    typed = ["11010519491231002X", "13912345670", "zhiyuan@example.com", "欧阳知远", "ouyang zhiyuan"]
    for text in typed:
        search(teller, text, at=NOW)

    entries = OperationLog.objects.filter(action="customer.search")
    assert entries.count() == len(typed)
    assert {entry.fields["found"] for entry in entries} == {1}
    for table in (model._meta.db_table for model in apps.get_models()):
        stored_text = _text_of(table)
        for text in typed:
            assert text not in stored_text, table


def _text_of(table: str) -> str:
    with database_role("owner"), connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
        return str(cursor.fetchone()[0])


def test_a_search_is_one_look_into_the_index_and_few_statements(
    teller: Actor, someone: str, django_assert_max_num_queries: Any
) -> None:
    search(teller, "13912345670", at=NOW)

    with django_assert_max_num_queries(10):
        search(teller, "13912345670", at=NOW)


def test_the_same_customer_of_two_sources_is_two_until_merged(teller: Actor, bank: None) -> None:
    store([person(), another(person(), source_system="loans")])

    assert len(found(teller, "13912345670")) == 2


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("11010519491231002X", ["P01"]),
        ("zhiyuan", ["name"]),
        ("grace ouyang", ["name"]),
        ("麤灪龖", ["name"]),
        ("nobody anywhere", ["name"]),
        ("13800000001", ["PHONE"]),
    ],
)
def test_who_is_meant_is_asked_in_one_statement(someone: str, typed: str, read_as: list[str]) -> None:
    asked: list[str] = []

    def listen(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        asked.append(str(statement))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(listen):
        result = search(everything(), typed, at=NOW)

    looked = ("panorama_lookup", "panorama_search", "panorama_golden")
    assert sum(any(name in statement for name in looked) for statement in asked) == 1
    assert {reading.kind for reading in result.interpretations} >= set(read_as)
