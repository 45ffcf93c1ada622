"""The status of a customer: each allowed move works, each forbidden one is refused with its code, guards hold."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from customers.models import Customer
from customers.rules.lifecycle import move, refusal
from customers.rules.number import customer_no
from customers.selectors.evidence import SOURCES, Wanted
from customers.selectors.history import history
from customers.services import facets, status
from customers.services.restrictions import run_out
from mdm import codes
from mdm.bulk.stamp import Stamp
from mdm.errors import Duplicate, Invalid, NotFound, Stale
from mdm.quality.rules import Audience, audience_of
from mdm.subjects import Bundle
from security.access.actor import Actor
from security.models import OperationLog
from tests.factories.approvals import approved, checker
from tests.factories.customers import company, past_of, person, rows_of, stored, the_row
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
WHY = "the customer asked for it"
STATES = sorted(codes.get("lifecycle_status").known)
#: Where a customer comes to by merging only.
BY_MERGING = "MERGED"
MAKE = {"PERSON": person, "CORPORATE": company}


def in_state(party: str, state: str, **facets: Any) -> Bundle:
    """A customer in a state, with nothing that stands in the way of any move."""
    bundle = MAKE[party](agreement=[], restriction=[], **facets)
    bundle.facets["customer"][0]["lifecycle_status"] = state
    if party == "PERSON":
        bundle.facets["person_profile"][0]["deceased_on"] = date(2026, 2, 1)
    return bundle


def standing(party: str, state: str) -> int:
    """A customer who stands in a state; in one that no source may tell, as the operation left it."""
    customer = stored(in_state(party, "ACTIVE" if state == BY_MERGING else state))
    with database_role("engine"):
        Customer.objects.filter(pk=customer).update(lifecycle_status=state)
    return customer


def verified_again(customer: int) -> None:
    """Its document was verified after it was closed."""
    with database_role("engine"):
        for row in rows_of("credential", customer):
            type(row).objects.filter(pk=row.pk).update(verified_at=LATER)


def state_of(customer: int) -> str:
    with database_role("engine"):
        return Customer.objects.get(pk=customer).lifecycle_status


def bring(actor: Actor, customer: int, to: str, version: int = 1) -> Customer:
    return status.change(actor, customer_no(customer), version, to, reason=WHY, at=LATER)


@pytest.mark.parametrize("party", ["PERSON", "CORPORATE"])
@pytest.mark.parametrize("to", STATES)
@pytest.mark.parametrize("source", STATES)
def test_the_table_is_what_the_service_does(bank: None, source: str, to: str, party: str) -> None:
    customer = standing(party, source)
    verified_again(customer)
    other = {"DECEASED": "CORPORATE", "DISSOLVED": "PERSON"}.get(to)

    if move(source, to) is None or other == party:
        with pytest.raises(Duplicate) as refused:
            bring(everything(), customer, to)
        guard = {"DECEASED": "status.person", "DISSOLVED": "status.organisation"}.get(to)
        assert refused.value.code == (guard if move(source, to) else refusal(source, to))
        assert state_of(customer) == source
        return
    changed = bring(everything(), customer, to)
    assert (changed.lifecycle_status, changed.version, state_of(customer)) == (to, 2, to)
    assert past_of(changed)[-1].history_change_reason == WHY


@pytest.mark.parametrize(
    ("source", "to", "facets_told", "code"),
    [
        ("PENDING", "ACTIVE", {"credential": []}, "status.document"),
        ("CLOSED", "ACTIVE", {}, "status.reverify"),
    ],
)
def test_guards_of_a_beginning(
    bank: None, source: str, to: str, facets_told: dict[str, Any], code: str
) -> None:
    customer = stored(in_state("PERSON", source, **facets_told))
    with pytest.raises(Duplicate) as refused:
        bring(everything(), customer, to)
    assert refused.value.code == code


def test_a_customer_with_holdings_is_not_closed(bank: None) -> None:
    bundle = person(restriction=[])
    customer = stored(bundle)
    with pytest.raises(Duplicate, match=r"status\.holdings"):
        bring(everything(), customer, "CLOSED")
    row = the_row("agreement", customer)
    over = {"agreement_status": "CLOSED", "closed_on": date(2026, 3, 1)}
    with database_role("engine"):
        facets.change(everything(), "agreement", row.pk, 1, over, reason=WHY, at=LATER)
    assert bring(everything(), customer, "CLOSED").lifecycle_status == "CLOSED"


def test_a_restriction_on_everything_is_lifted_first(bank: None) -> None:
    bundle = in_state("PERSON", "RESTRICTED")
    bundle.facets["restriction"] = [
        {"slot": "J", "kind": "JUDICIAL", "extent": "ALL", "begun_on": date(2026, 1, 1)}
    ]
    customer = stored(bundle)
    with pytest.raises(Duplicate, match=r"status\.restricted"):
        bring(everything(), customer, "ACTIVE")


@pytest.mark.parametrize(
    ("state", "refused"), [("ACTIVE", True), ("SUSPENDED", True), ("DRAFT", False), ("TERMINATED", False)]
)
def test_an_employer_that_pays_through_the_bank_is_not_closed(bank: None, state: str, refused: bool) -> None:
    bundle = in_state("CORPORATE", "ACTIVE")
    bundle.facets["agency_agreement"][0]["agency_state"] = state
    customer = stored(bundle)
    if refused:
        with pytest.raises(Duplicate, match=r"status\.holdings"):
            bring(everything(), customer, "CLOSED")
    else:
        assert bring(everything(), customer, "CLOSED").lifecycle_status == "CLOSED"


# -- restrictions ---------------------------------------------------------------------------------------

SAY: dict[str, Any] = {"reason": "order of a court", "at": LATER}
TODAY = LATER.date()
CLERK = everything("clerk").name
JUDICIAL: dict[str, Any] = {"kind": "JUDICIAL", "extent": "ALL", "begun_on": TODAY}


@pytest.fixture
def officer(bank: None) -> Actor:
    """Compliance at 1100: who restricts."""
    return staff("officer", "compliance", org=branch("1100"))


def restricted(actor: Actor, customer: int, **more: Any) -> Any:
    told: Any = facets.add(actor, customer_no(customer), "restriction", {**JUDICIAL, **more}, **SAY)
    return told


def changed(row: Any, **told: Any) -> Any:
    """As a request that a second person agreed to carries it out."""
    with database_role("engine"):
        return facets.change(everything("clerk"), "restriction", row.pk, row.version, told, **SAY)


def test_an_order_on_everything_restricts_and_the_last_that_is_lifted_frees(officer: Actor) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))

    first, second = restricted(officer, customer), restricted(officer, customer, kind="FRAUD")
    assert state_of(customer) == "RESTRICTED"
    lifted = changed(first, lifted_on=TODAY)
    assert (lifted.lifted_by, state_of(customer)) == (CLERK, "RESTRICTED")
    with database_role("engine"):
        facets.end(everything(), "restriction", second.pk, second.version, **SAY)
    assert state_of(customer) == "ACTIVE"


def test_who_lifted_it_is_signed_and_never_typed(officer: Actor) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    row = restricted(officer, customer)

    with pytest.raises(Invalid, match=r"field\.operated"):
        changed(row, lifted_by="somebody else")
    lifted = changed(row, lifted_on=TODAY)
    again = changed(lifted, lifted_on=None)

    assert (lifted.lifted_by, again.lifted_by, state_of(customer)) == (CLERK, "", "RESTRICTED")


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"extent": "DEBIT"}, "ACTIVE"),
        ({"lifted_on": TODAY}, "ACTIVE"),
        ({"begun_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}, "ACTIVE"),
        ({"ends_on": TODAY}, "RESTRICTED"),
    ],
)
def test_only_what_holds_on_everything_restricts(officer: Actor, more: dict[str, Any], state: str) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    restricted(officer, customer, **more)
    assert state_of(customer) == state


def test_whom_a_source_calls_restricted_no_lesser_restriction_frees(officer: Actor) -> None:
    customer = stored(in_state("PERSON", "RESTRICTED"))
    row = restricted(officer, customer, extent="DEBIT")
    changed(row, lifted_on=TODAY)
    assert state_of(customer) == "RESTRICTED"


def by_a_source() -> int:
    return stored(in_state("PERSON", "RESTRICTED"))


def by_two_persons() -> int:
    customer = stored(in_state("PERSON", "ACTIVE"))
    bring(everything(), customer, "RESTRICTED")
    return customer


@pytest.mark.parametrize("made", [by_a_source, by_two_persons])
@pytest.mark.parametrize("ended", ["lifted", "run out"])
def test_whom_no_restriction_restricted_none_frees(
    officer: Actor, made: Callable[[], int], ended: str
) -> None:
    """One person may impose a restriction that ends today; it undoes nothing that took a second person."""
    customer = made()
    told = {**JUDICIAL, "ends_on": TODAY}
    with database_role("engine"):
        row: Any = facets.add(
            everything(),
            customer_no(customer),
            "restriction",
            told,
            reason=WHY,
            at=LATER + timedelta(hours=1),
        )
        morrow = LATER + timedelta(days=1)
        if ended == "lifted":
            over = {"lifted_on": TODAY}
            facets.change(everything("clerk"), "restriction", row.pk, 1, over, reason=WHY, at=morrow)
        else:
            golden = Customer.objects.get(pk=customer)
            run_out({customer: golden}, Stamp(everything(), morrow, "night", morrow.date()))
        row.refresh_from_db()
    assert (row.status, state_of(customer)) == ("ACTIVE" if ended == "lifted" else "ENDED", "RESTRICTED")


def test_whom_a_restriction_restricted_its_end_frees(officer: Actor) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    restricted(officer, customer, ends_on=TODAY)
    morrow = LATER + timedelta(days=1)
    with database_role("engine"):
        golden = Customer.objects.get(pk=customer)
        assert run_out({customer: golden}, Stamp(everything(), morrow, "night", morrow.date())) == 1
    assert state_of(customer) == "ACTIVE"


def test_a_restriction_that_has_run_out_does_not_stand_in_the_way(bank: None) -> None:
    bundle = in_state("PERSON", "RESTRICTED")
    over = {"begun_on": date(2026, 1, 1), "ends_on": date(2026, 2, 1)}
    bundle.facets["restriction"] = [{"slot": "J", **JUDICIAL, **over}]
    customer = stored(bundle)
    assert bring(everything(), customer, "ACTIVE").lifecycle_status == "ACTIVE"


def test_nobody_dies_without_a_date(bank: None) -> None:
    customer = stored(person(agreement=[], restriction=[]))
    with pytest.raises(Duplicate, match=r"status\.death_date"):
        bring(everything(), customer, "DECEASED")


def test_a_death_is_an_event(bank: None) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    bring(everything(), customer, "DECEASED")
    assert [row.kind for row in rows_of("customer_event", customer)][-1] == "DECEASED"


def test_a_second_person_agrees(teller: Actor) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    done = status.ask(teller, customer_no(customer), 1, "DORMANT", reason=WHY, at=LATER)
    assert done.request is not None
    assert state_of(customer) == "ACTIVE"
    approved(done.request, LATER)
    assert state_of(customer) == "DORMANT"
    entry = OperationLog.objects.get(action="customer.status")
    assert entry.fields["before"], entry.fields["after"] == ("ACTIVE", "DORMANT")


def test_history_and_its_export_tell_who_agreed(teller: Actor) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    done = status.ask(teller, customer_no(customer), 1, "DORMANT", reason=WHY, at=LATER)
    assert done.request is not None
    by = checker(LATER).name
    approved(done.request, LATER)
    auditor, filters = staff("auditor", "auditor", org=branch("1100")), {"facet": "customer"}

    newest, first = history(auditor, customer_no(customer), at=LATER, filters=filters).rows
    wanted = Wanted(filters, SOURCES["changes"].columns)
    (exported,) = SOURCES["changes"].read(auditor, LATER + timedelta(days=1), wanted, LATER)
    told = [dict(zip(wanted.columns, row, strict=True)) for row in exported]

    assert (newest["request_id"], newest["approved_by"]) == (done.request.number, [by])
    assert first["approved_by"] == []
    assert {row["approved_by"] for row in told if row["request_id"] == done.request.number} == {by}


def test_what_is_asked_must_be_there(teller: Actor, stranger: Actor) -> None:
    customer = stored(in_state("PERSON", "ACTIVE"))
    with pytest.raises(Invalid, match=r"status\.unknown"):
        bring(teller, customer, "ASLEEP")
    with pytest.raises(Stale, match=r"row\.stale"):
        bring(everything(), customer, "DORMANT", version=7)
    with pytest.raises(NotFound):
        bring(stranger, customer, "DORMANT")
    with pytest.raises(NotFound):
        status.change(teller, "C123", 1, "DORMANT", reason=WHY, at=LATER)


# -- screening again ----------------------------------------------------------------------------------


def due(customer: int) -> list[Any]:
    return [row for row in rows_of("customer_event", customer) if row.kind == "RESCREENING"]


@pytest.mark.parametrize(
    ("party", "facet", "changes", "asked"),
    [
        ("PERSON", "person_profile", {"nationality": "DEU"}, True),
        ("PERSON", "person_profile", {"education": "10"}, False),
        ("PERSON", "phone", {"extension_no": "7"}, False),
        ("CORPORATE", "organisation_profile", {"english_name": "Star Ltd."}, True),
        ("CORPORATE", "organisation_profile", {"staff_count": 12}, False),
    ],
)
def test_a_critical_field_asks_for_screening(
    bank: None, party: str, facet: str, changes: dict[str, Any], asked: bool
) -> None:
    customer = stored(MAKE[party]())
    row = rows_of(facet, customer)[0]
    with database_role("engine"):
        facets.change(everything(), facet, row.pk, 1, changes, reason=WHY, at=LATER)
    assert len(due(customer)) == asked
    assert audience_of("PERSON") is Audience.PERSONS


def test_screening_is_due_once_until_an_assessment_settles_it(bank: None) -> None:
    customer = stored(person())
    actor, row = everything(), the_row("person_profile", customer)
    with database_role("engine"):
        facets.change(actor, "person_profile", row.pk, 1, {"nationality": "DEU"}, reason=WHY, at=LATER)
        facets.change(actor, "person_profile", row.pk, 2, {"nationality": "FRA"}, reason=WHY, at=LATER)
        assert [one.status for one in due(customer)] == ["ACTIVE"]
        values = {"kind": "AML", "grade": "2", "assessed_on": LATER.date()}
        facets.add(actor, customer_no(customer), "rating", values, reason=WHY, at=LATER)
    assert [one.status for one in due(customer)] == ["ENDED"]
