"""The acceptance scenario of domain 2.9, at the level of services.

The core system has A (15-digit number, mobile M1), cards has B (its 18 digits, verified address, mobile M2),
loans has C (same name and birth date, mobile M1, no number).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from consolidation.models import Merge, NeverMatch, ReviewCase
from consolidation.models.decision import CaseState
from consolidation.selectors.consistency import check
from consolidation.services.matching import Consolidated, consolidate
from consolidation.services.merging import unmerge
from customers.models import Address, Customer
from customers.selectors.panorama import panorama
from customers.selectors.search import search
from customers.services import facets, onboarding
from mdm.errors import Duplicate
from mdm.subjects import Bundle
from security.models import OperationLog
from tests.factories.customers import DAY, another, bank, newcomer, stored, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
DESK = everything("desk")
M1, M2 = "+8613912345670", "+8613912345671"
X, Y, Z = "望京西路9号院6号楼1203", "漕溪北路88号圣爱大厦15层", "中关村大街27号"


@pytest.fixture(autouse=True)
def engine(db: None) -> Iterator[None]:
    with database_role("engine"):
        bank()
        yield


def told(key: str, source: str, number: str | None, mobile: str, detail: str, opened: int) -> Bundle:
    """欧阳知远 as one source tells of her."""
    card = {"slot": "P01", "type": "P01", "number": number, "issuing_country": "CHN", "is_primary": True}
    bundle = newcomer(key, source=source, email=[], credential=[card] if number else [])
    bundle.facets["customer"][0]["opened_on"] = date(opened, 5, 1)
    bundle.facets["phone"] = [{"slot": "MOBILE", "kind": "MOBILE", "number": mobile, "is_primary": True}]
    bundle.facets["address"] = [
        {"slot": "RESIDENCE", "kind": "RESIDENCE", "country": "CHN", "detail": detail}
    ]
    return bundle


def a() -> Bundle:
    return told("A", "core", "110105491231002", M1, X, 2008)


def b() -> Bundle:
    return told("B", "cards", "11010519491231002X", M2, Y, 2019)


def c() -> Bundle:
    return another(
        told("C", "loans", None, M1, X, 2022),
        facets={**told("C", "loans", None, M1, X, 2022).facets, "address": []},
    )


def night(day: int, *, full: bool = False) -> Consolidated:
    """The consolidation of one night."""
    at = NOW + timedelta(days=day)
    return consolidate(DESK, business_date=DAY + timedelta(days=day), full=full, at=at)


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def shown(customer_id: int, facet: str, field: str) -> list[str]:
    """What the panorama shows of a field, in clear, best first."""
    found = [
        f
        for s in panorama(DESK, number(customer_id), at=NOW)["subjects"]
        for f in s["facets"]
        if f["name"] == facet
    ]
    rows = [
        the_row(facet, _owner(row), None if facet == "customer" else _slot(facet, row["id"]))
        for row in found[0]["rows"]
    ]
    values = [getattr(row, field) for row in rows]
    return [value.open() if hasattr(value, "open") else value for value in values]


def _owner(row: dict[str, Any]) -> int:
    from customers.rules.number import customer_id

    return customer_id(row["customer_no"]) or 0


def _slot(facet: str, row_id: int) -> str:
    from mdm.subjects import registry

    row: Any = registry.facet(facet).model._default_manager.get(pk=row_id)
    return str(row.slot)


def golden(customer_id: int) -> int:
    return Customer.objects.get(pk=customer_id).golden_id or customer_id


def open_cases() -> set[tuple[int, int]]:
    return {(case.customer_id, case.other_id) for case in ReviewCase.objects.filter(state=CaseState.OPEN)}


def declare_different(ids: tuple[int, ...], other: int) -> None:
    """A steward says of the open case that all of one side are not the other."""
    ReviewCase.objects.filter(state=CaseState.OPEN).update(state=CaseState.NOT_SAME, decided_by="steward")
    grounds = {"rule": "M11", "policy": "1", "score": 0.9, "decided_by": "steward"}
    for one in ids:
        NeverMatch.objects.create(customer_id=min(one, other), other_id=max(one, other), **grounds)


def sound() -> None:
    """The whole database keeps every promise (step 8)."""
    checked, problems = check(DESK)
    assert checked > 10
    assert problems == []


@pytest.fixture
def ids() -> tuple[int, int]:
    """A, then B, created in real time and merged by the next night."""
    first = stored(a())
    made = onboarding.create(DESK, b(), at=NOW)
    assert [(s.customer_no, s.outcome) for s in made.suspects] == [(number(first), "A1")]
    assert made.outcome == onboarding.SUSPECT
    Address.objects.filter(customer_id=made.customer_id).update(verified_at=NOW, verified_by="courier")
    assert night(1).merged == 1
    return first, made.customer_id


def test_step_1_the_same_person_is_found_at_once_and_merged(ids: tuple[int, int]) -> None:
    first, second = ids

    assert (golden(second), golden(first)) == (first, first), "the older one survives"
    assert shown(first, "phone", "number") == [M1, M2] or shown(first, "phone", "number") == [M2, M1]
    assert shown(first, "address", "detail")[0] == Y, "what was verified comes first"
    redirected = panorama(DESK, number(second), at=NOW)
    assert (redirected["customer_no"], redirected["redirected_from"]) == (number(first), number(second))
    (merge,) = Merge.objects.all()
    assert (merge.rule, merge.customer_id, merge.other_id, merge.decided_by) == (
        "M03",
        first,
        second,
        "system:desk",
    )
    assert OperationLog.objects.filter(action="customer.merge").count() == 1
    assert night(2).merged == 0
    assert OperationLog.objects.filter(action="customer.merge").count() == 1
    with pytest.raises(Duplicate, match=r"customer\.merged"):
        facets.add(DESK, number(second), "phone", {"number": M1}, reason="told", at=NOW)
    sound()


def test_step_2_a_likely_one_is_a_case_that_names_the_other(ids: tuple[int, int]) -> None:
    first, _second = ids
    third = stored(c())

    done = night(2)

    assert (done.merged, done.review) == (0, 1)
    assert golden(third) == third
    (case,) = ReviewCase.objects.filter(state=CaseState.OPEN)
    assert {case.customer_id, case.other_id} == {first, third}
    assert case.outcome in ("A2", "B")
    (at_first,), (at_third,) = (panorama(DESK, number(pk), at=NOW)["cases"] for pk in (first, third))
    assert (at_first["other"], at_third["other"]) == (number(third), number(first))
    night(3, full=True)
    assert ReviewCase.objects.count() == 1, "a case is opened once"
    sound()


def test_step_2_what_a_steward_parted_stays_apart(ids: tuple[int, int]) -> None:
    first, _second = ids
    third = stored(c())
    night(2)
    declare_different(ids, third)

    done = night(3, full=True)

    assert (done.merged, golden(third)) == (0, third)
    assert (first, third) not in open_cases()
    sound()


def test_step_3_taking_a_merge_back_gives_each_what_is_its_own(ids: tuple[int, int]) -> None:
    first, second = ids
    row = the_row("address", first)
    facets.change(DESK, "address", row.pk, 1, {"detail": Z}, reason="moved", at=NOW)
    facets.add(DESK, number(first), "email", {"address": "new@example.com"}, reason="told", at=NOW)
    (merge,) = Merge.objects.all()

    unmerge(DESK, merge.pk, reason="another person after all", at=NOW)

    assert (golden(first), golden(second)) == (first, second)
    assert (shown(second, "address", "detail"), shown(second, "phone", "number")) == ([Y], [M2])
    assert shown(second, "email", "address") == []
    assert (shown(first, "address", "detail"), shown(first, "phone", "number")) == ([Z], [M1])
    assert shown(first, "email", "address") == ["new@example.com"]
    assert panorama(DESK, number(second), at=NOW)["redirected_from"] is None
    assert [hit.customer_no for hit in search(DESK, M2, at=NOW).hits] == [number(second)]
    assert all(golden(end) == end for pair in open_cases() for end in pair)
    with pytest.raises(Duplicate, match=r"merge\.undone"):
        unmerge(DESK, merge.pk, reason="again", at=NOW)
    sound()


def test_step_4_the_next_night_does_not_join_them_again_nor_through_a_third(ids: tuple[int, int]) -> None:
    first, second = ids
    unmerge(DESK, Merge.objects.get().pk, reason="another person after all", at=NOW)
    night(2)
    assert (golden(first), golden(second)) == (first, second)

    third = stored(told("D", "web", "11010519491231002X", M1, X, 2024))
    night(3)
    night(4, full=True)

    assert golden(first) != golden(second)
    assert golden(third) in (third, golden(first), golden(second))
    sound()


def test_step_5_a_changed_document_does_not_overrule_a_steward(ids: tuple[int, int]) -> None:
    third = stored(c())
    night(2)
    declare_different(ids, third)
    values = {"type": "P01", "number": "11010519491231002X", "issuing_country": "CHN"}

    facets.add(DESK, number(third), "credential", values, reason="brought a card", at=NOW + timedelta(days=3))
    done = night(3)

    assert (done.merged, golden(third)) == (0, third)
    sound()


def test_step_6_placeholders_match_nobody() -> None:
    nobody = [newcomer(f"N-{n}", credential=[], email=[], address=[], person_profile=[]) for n in range(4)]
    for bundle in nobody:
        bundle.facets["customer_name"][0]["full_name"] = "测试"
        bundle.facets["phone"] = [{"slot": "MOBILE", "kind": "MOBILE", "number": "13800138000"}]
    made = [onboarding.create(DESK, bundle, at=NOW) for bundle in nobody]

    done = night(1, full=True)

    assert [one.outcome for one in made] == [onboarding.CREATED] * 4
    assert (done.merged, done.review, done.vetoed) == (0, 0, 0)
    assert Merge.objects.count() == ReviewCase.objects.count() == 0


def test_step_7_the_order_of_arrival_makes_no_difference() -> None:
    from itertools import permutations

    from django.db import transaction

    found = set()
    for order in permutations([a, b, c]):
        with transaction.atomic():
            pks = {make().source_key: stored(make()) for make in order}
            night(1)
            names = {pk: key for key, pk in pks.items()}
            groups = frozenset(
                frozenset(k for k, pk in pks.items() if golden(pk) == root)
                for root in map(golden, pks.values())
            )
            pairs = frozenset(frozenset(names[end] for end in pair) for pair in open_cases())
            found.add((groups, pairs))
            transaction.set_rollback(True)

    assert found == {(frozenset({frozenset("AB"), frozenset("C")}), frozenset({frozenset("AC")}))}


def test_a_case_closes_in_the_transaction_that_makes_its_two_one(ids: tuple[int, int]) -> None:
    from consolidation.services.merging import Grounds, merge
    from tests.factories.customers import stamp

    first, _second = ids
    third = stored(c())
    night(2)
    (case,) = ReviewCase.objects.filter(state=CaseState.OPEN)

    merge(DESK, [Grounds((first, third), "M11", "1", 0.95)], stamp(DESK, at=NOW))

    case.refresh_from_db()
    assert (case.state, case.decided_by) == (CaseState.SAME, "system:desk")
    assert open_cases() == set()
    sound()


def test_a_case_with_a_third_names_the_survivor_and_comes_back_with_the_cut(ids: tuple[int, int]) -> None:
    """Before the merge of B into another, a case about B must not point at a record that answers no more."""
    from consolidation.services.merging import Grounds, merge
    from tests.factories.customers import stamp

    first, _second = ids
    third = stored(c())
    night(2)
    elder = stored(told("E", "old", None, "+8613912345699", Z, 1999))
    assert open_cases() == {(min(first, third), max(first, third))}

    (joined,) = merge(DESK, [Grounds((elder, third), "M02", "1", 1.0)], stamp(DESK, at=NOW))

    survivor = joined.survivor
    assert open_cases() == {(min(first, survivor), max(first, survivor))}
    unmerge(DESK, Merge.objects.latest("pk").pk, reason="another person", at=NOW)
    assert open_cases() == {(min(first, third), max(first, third))}
    sound()
