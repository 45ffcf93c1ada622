"""What who creates a customer may tell of it, for every facet there is: by which right, which fields, whom it names."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from customers.models import Customer
from customers.rules.number import customer_no
from customers.services import onboarding
from customers.services.approving import CONFIRM
from customers.services.telling import refuse_unknown
from customers.services.told_rows import BASIC
from mdm.bulk.tables import own_fields
from mdm.errors import Invalid, NotAllowed
from mdm.subjects import Bundle, Facet, registry
from security.access.actor import Actor, Right
from tests.factories.customers import company, person, rows_of, stored
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
HEADS = ("customer", "customer_name", "organisation_profile")
APART = [facet.name for facet in registry.facets() if facet.told and facet.permission != BASIC]
UNTOLD = [facet.name for facet in registry.facets() if not facet.told]
OPERATED = [
    (facet.name, name)
    for facet in registry.facets()
    if facet.told
    for name in sorted(facet.model.OPERATED - {"party_type"} - set(facet.model.FIRST))
]


def with_rows(facet: str, **row: Any) -> Bundle:
    """Somebody of branch 1100 with nothing but a name and the rows of one facet."""
    made = next(one for one in (person(), company()) if one.rows(facet))
    made.facets = {name: rows for name, rows in made.facets.items() if name in {*HEADS, facet}}
    made.facets[facet][0].update(row)
    return made


def desk(*rights: str, elsewhere: str = "") -> Actor:
    """Somebody who creates at branch 1100 and holds other rights there, and one right at branch 1200."""
    held = [Right(frozenset({onboarding.RIGHT, *rights}), branch("1100").pk)]
    if elsewhere:
        held.append(Right(frozenset({elsewhere}), branch("1200").pk))
    return Actor("desk", "staff", tuple(held), user_id=1, org_code="1100", channel="COUNTER")


def refused(actor: Actor, bundle: Bundle, kind: type[NotAllowed] | type[Invalid]) -> list[tuple[str, str]]:
    """The places that a creation is refused for; nothing is written then."""
    with pytest.raises(kind) as refusal:
        onboarding.create(actor, bundle, at=NOW)
    with database_role("engine"):
        assert Customer.objects.count() == 0
    return [(error.pointer, error.code) for error in refusal.value.errors]


def test_there_are_such_facets() -> None:
    assert {"credential", "rating", "restriction", "tax_residence", "investor_assessment"} < set(APART)
    assert {"credential_verification", "document", "agency_batch"} <= set(UNTOLD)


@pytest.mark.parametrize("name", APART)
def test_rows_take_the_right_of_their_facet_at_the_branch(name: str) -> None:
    facet, told = registry.facet(name), [(f"/{name}", "access.denied")]
    assert refused(desk(BASIC), with_rows(name), NotAllowed) == told
    assert refused(desk(BASIC, elsewhere=facet.permission), with_rows(name), NotAllowed) == told
    made = onboarding.create(desk(facet.permission), with_rows(name), at=NOW)
    assert len(rows_of(name, made.customer_id)) == 1


@pytest.mark.parametrize("name", UNTOLD)
def test_rows_of_an_operation_of_their_own_are_told_by_nobody(name: str) -> None:
    assert refused(everything(), with_rows(name), Invalid) == [(f"/{name}", "field.operated")]


@pytest.mark.parametrize(("name", "column"), OPERATED)
def test_what_only_an_operation_sets_is_told_by_nobody(name: str, column: str) -> None:
    told = with_rows(name, **{column: _other(registry.facet(name), column)})
    assert refused(everything(), told, Invalid) == [(f"/{name}/0/{column}", "field.operated")]


def locking(*locked: str, also: str = BASIC) -> Actor:
    """Who creates at branch 1100 by a role that locks fields."""
    right = Right(frozenset({onboarding.RIGHT, also}), branch("1100").pk, locked=frozenset(locked))
    return replace(desk(), rights=(right,))


@pytest.mark.parametrize(
    ("locked", "name", "told", "places"),
    [
        ("phone.number", "phone", {}, ["/phone/0/number"]),
        ("phone.extension_no", "phone", {"extension_no": "8"}, ["/phone/0/extension_no"]),
        ("rating.grade", "rating", {}, ["/rating/0/grade"]),
        ("customer.segment", "customer", {"segment": "VIP"}, ["/customer/0/segment"]),
    ],
)
def test_what_a_role_may_not_write_it_does_not_fill_in_at_the_beginning_either(
    locked: str, name: str, told: dict[str, Any], places: list[str]
) -> None:
    actor = locking(locked, also=registry.facet(name).permission)
    wanted = [(place, "field.locked") for place in places]
    bundle = with_rows(name, **told)
    bundle.facets[name] = bundle.facets[name][:1]
    assert refused(actor, bundle, NotAllowed) == wanted


def test_what_is_locked_and_left_empty_or_locked_by_one_role_only_is_no_matter() -> None:
    bundle = with_rows("phone", extension_no="")
    assert onboarding.create(
        locking("phone.extension_no", "customer.org", "customer.party_type"), bundle, at=NOW
    ).customer_id
    second = Right(frozenset({BASIC}), branch("1100").pk)
    actor = locking("phone.number")
    other = with_rows("phone")
    other.source_key = "P-2"
    made = onboarding.create(replace(actor, rights=(*actor.rights, second)), other, at=NOW)
    assert rows_of("phone", made.customer_id)


@pytest.mark.parametrize("name", ["phone", "email", "further_contact"])
@pytest.mark.parametrize("said", ["VERIFIED", "OTP_VERIFIED"])
def test_nobody_begins_with_a_confirmed_contact_but_by_a_one_time_code(name: str, said: str) -> None:
    bundle = with_rows(name, verified_state=said)
    bundle.facets[name] = bundle.facets[name][:1]
    told = [(f"/{name}/0/verified_state", "contact.unproven")]
    assert refused(desk(CONFIRM), deepcopy(bundle), NotAllowed) == told, "a person has no proof"
    system = replace(desk(), kind="client")
    assert refused(system, deepcopy(bundle), NotAllowed) == told
    made = onboarding.create(replace(desk(CONFIRM), kind="client"), bundle, at=NOW)
    assert [row.verified_state for row in rows_of(name, made.customer_id)] == ["VERIFIED"]


EVIDENCE = [
    (facet.name, field.attname)
    for facet in registry.facets()
    for field in own_fields(facet.model)
    if field.attname.endswith("evidence")
]


@pytest.mark.parametrize(("name", "column"), EVIDENCE)
def test_what_names_evidence_holds_no_number_of_a_person(name: str, column: str) -> None:
    """It stands in clear: refused of a new customer, and of one entry."""
    told = with_rows(name, **{column: "card 6222021200012345679"})
    place = f"/{name}/0/{column}"
    assert refused(everything(), told, Invalid) == [(place, "reason.sensitive")]
    with pytest.raises(Invalid, match=r"reason\.sensitive") as refusal:
        refuse_unknown(registry.facet(name), {column: "陈述人 11010519491231002X"})
    assert [error.pointer for error in refusal.value.errors] == [f"/{column}"]
    refuse_unknown(registry.facet(name), {column: "pay slips of 2026, notice (2026) 118"})


def test_there_is_such_evidence() -> None:
    assert {
        ("income", "evidence"),
        ("financial_statement", "evidence"),
        ("person_profile", "death_evidence"),
    } < {*EVIDENCE}


def _other(facet: Facet, column: str) -> Any:
    """A value of the field's type with which no row begins."""
    (field,) = [one for one in own_fields(facet.model) if one.attname == column]
    kinds = {"DateField": date(2026, 1, 5), "PositiveIntegerField": 7, "BigIntegerField": 7}
    return kinds.get(field.get_internal_type(), "CLOSED")


@pytest.fixture
def numbers() -> Iterator[dict[str, str]]:
    """A customer at the desk's branch, one of a branch elsewhere, and a number that nobody has."""
    far = person("far", credential=[])
    far.facets["customer"][0]["org"] = "1200"
    ids = {"here": stored(person("here", credential=[])), "far": stored(far), "nobody": 999_999}
    yield {name: customer_no(pk) for name, pk in ids.items()}


@pytest.mark.parametrize(("facet", "right"), [("relationship", ""), ("controlling_person", "tax.change")])
def test_another_customer_is_named_only_by_who_sees_it(
    numbers: dict[str, str], facet: str, right: str
) -> None:
    actor = desk(right or BASIC)
    for name in ("far", "nobody"):
        with pytest.raises(Invalid, match=r"other\.unknown") as refusal:
            onboarding.create(actor, with_rows(facet, other_no=numbers[name]), at=NOW)
        assert [error.pointer for error in refusal.value.errors] == [f"/{facet}/0/other_no"]
    made = onboarding.create(actor, with_rows(facet, other_no=numbers["here"]), at=NOW)
    assert rows_of(facet, made.customer_id)[0].other_no == numbers["here"]


def test_whom_the_right_to_the_row_does_not_reach_cannot_be_named(numbers: dict[str, str]) -> None:
    """The right to create everywhere shows nobody to who registers taxes at one branch."""
    rights = Right(frozenset({onboarding.RIGHT}), None), Right(frozenset({"tax.change"}), branch("1100").pk)
    actor = Actor("desk", "staff", rights, user_id=1, org_code="1100", channel="COUNTER")
    with pytest.raises(Invalid, match=r"other\.unknown"):
        onboarding.create(actor, with_rows("controlling_person", other_no=numbers["far"]), at=NOW)


def test_a_teller_grades_nobody_for_money_laundering_and_restricts_nobody() -> None:
    teller = staff("teller", "teller", org=branch("1100"))
    assert refused(teller, with_rows("rating"), NotAllowed) == [("/rating", "access.denied")]
    assert refused(teller, with_rows("restriction"), NotAllowed) == [("/restriction", "access.denied")]
