"""Integrity: each kind of finding is found, one by one and for all; figures are kept, and a run is taken up again."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from consolidation.services.merging import Grounds, merge
from credentials.models import IntegrityResult
from credentials.rules.completeness import elements
from credentials.selectors.integrity import check, results
from credentials.services import integrity
from credentials.services.population import MOST, Population
from customers.rules.number import customer_id, customer_no
from customers.services import facets
from customers.services.operating import settle
from customers.services.saved_views import save
from mdm.errors import Invalid, NotAllowed, NotFound
from mdm.jobs import run as run_job
from mdm.run_control import carry_out
from mdm.runs import JobRun, RunState
from mdm.subjects import Bundle, registry
from security.access.actor import Actor, system_actor
from security.models import OperationLog
from tests.factories.credentials import AHEAD, holder
from tests.factories.customers import company, person, stamp, store, stored
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
DAY = NOW.date()
RELATIONS: list[dict[str, Any]] = [
    {"slot": "1", "kind": "LEGAL_REP", "other_name": "王建国"},
    {"slot": "2", "kind": "CONTROLLER", "other_name": "王建国"},
    {"slot": "3", "kind": "IN_CHARGE", "other_name": "王建国"},
    {
        "slot": "4",
        "kind": "AGENT",
        "other_name": "李四",
        "other_document_type": "P01",
        "other_document_number": "11010519491231002X",
        "other_document_expiry": AHEAD,
    },
]


def whole(party: str) -> Bundle:
    """A customer at whom nothing is missing."""
    bundle = holder(party, state="VERIFIED", expiry_date=AHEAD)
    ours = {f.name for f in registry.facets() if f.model._meta.app_label in ("customers", "credentials")}
    bundle.facets = {name: rows for name, rows in bundle.facets.items() if name in ours}
    for row in [*bundle.rows("phone"), *bundle.rows("email")]:
        row["verified_state"] = "VERIFIED"
    if party == "PERSON":
        bundle.facets["person_profile"][0]["occupation"] = "2"
        return bundle
    bundle.facets["organisation_profile"][0]["business_scope"] = "软件开发"
    bundle.facets["relationship"] = RELATIONS
    bundle.facets["address"] = [
        {"slot": "B", "kind": "BUSINESS", "country": "CHN", "region_code": "110105", "detail": "望京西路9号"}
    ]
    return bundle


def kinds(actor: Actor, customer_id: int) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for one in check(actor, customer_no(customer_id), at=NOW).report.found:
        told.setdefault(one.kind, set()).add(f"{one.facet}.{one.field}")
    return told


@pytest.mark.parametrize("party", ["PERSON", "CORPORATE"])
def test_a_customer_at_whom_all_is_there_scores_full(teller: Actor, party: str) -> None:
    customer = stored(whole(party))
    found = check(teller, customer_no(customer), at=NOW).report
    assert (found.found, found.score) == ([], 100)
    assert [one.state for one in found.elements] == ["OK"] * 9


#: What is taken away of a whole customer -> the element that is missed.
GONE: dict[str, list[tuple[str, dict[str, Any] | None, str]]] = {
    "PERSON": [
        ("customer_name", None, "name"),
        ("person_profile", {"sex": ""}, "sex"),
        ("person_profile", {"nationality": ""}, "nationality"),
        ("person_profile", {"occupation": ""}, "occupation"),
        ("address", None, "address"),
        ("credential", {"number": ""}, "document_number"),
        ("credential", {"expiry_date": None}, "document_validity"),
    ],
    "CORPORATE": [
        ("organisation_profile", {"registered_name": ""}, "name"),
        ("organisation_profile", {"business_scope": ""}, "scope"),
        ("address", None, "address"),
        ("credential", {"number": ""}, "registration"),
        ("credential", {"expiry_date": None}, "licence_validity"),
        ("relationship", None, "controller"),
        ("relationship", None, "legal_rep"),
        ("relationship", None, "agent"),
    ],
}


@pytest.mark.parametrize(
    ("party", "facet", "values", "element"), [(p, *told) for p, all_told in GONE.items() for told in all_told]
)
def test_each_element_is_missed_when_it_is_not_there(
    party: str, facet: str, values: dict[str, Any] | None, element: str
) -> None:
    bundle = whole(party)
    if values is None:
        bundle.facets[facet] = []
    else:
        bundle.facets[facet][0].update(values)
    states = {one.code: one.state for one in elements(bundle, DAY)}
    assert states[element] == "MISSING"


def test_an_element_that_has_run_out_says_so() -> None:
    bundle = whole("PERSON")
    bundle.facets["credential"][0]["expiry_date"] = DAY - timedelta(days=1)
    states = {one.code: one.state for one in elements(bundle, DAY)}
    assert states["document_validity"] == "EXPIRED"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, "OK"),
        ({"other_document_expiry": None}, "MISSING"),
        ({"other_document_number": None}, "MISSING"),
        ({"other_document_expiry": DAY - timedelta(days=1)}, "EXPIRED"),
        ({"other_no": "C00000000017", "other_document_expiry": None}, "OK"),
    ],
)
def test_an_agent_has_a_document_that_is_still_valid(told: dict[str, Any], state: str) -> None:
    bundle = whole("CORPORATE")
    bundle.facets["relationship"] = [*RELATIONS[:3], {**RELATIONS[3], **told}]
    states = {one.code: one.state for one in elements(bundle, DAY)}
    assert states["agent"] == state


def test_every_kind_of_finding_is_found(teller: Actor) -> None:
    bundle = whole("PERSON")
    bundle.facets["person_profile"][0].update(occupation="", sex="M")
    bundle.facets["credential"].append(
        {"slot": "P11", "type": "P11", "number": "XX", "lifecycle_state": "PENDING_VERIFY"}
    )
    bundle.facets["credential"][0]["expiry_date"] = date(2020, 1, 1)
    customer = stored(bundle)

    told = kinds(teller, customer)

    assert "person_profile.occupation" in told["MISSING"]
    assert "credential.number" in told["INVALID"]
    assert "credential.sex" in told["INCONSISTENT"]
    assert "credential.lifecycle_state" in told["UNVERIFIED"]
    assert "credential.expiry_date" in told["EXPIRED"]
    report = check(teller, customer_no(customer), at=NOW).report
    assert report.score == max(0, 100 - sum(integrity_weight(one.kind) for one in report.found))


def integrity_weight(kind: str) -> int:
    from credentials.rules.integrity import WEIGHTS

    return WEIGHTS[kind]


def test_the_same_number_on_another_customer_is_inconsistent(teller: Actor) -> None:
    ids = store([person("A"), person("B")]).customer_ids
    first = ids[0]
    with database_role("engine"), transaction.atomic():
        settle(ids, stamp())  # as every writer does
    assert "credential.number" in kinds(teller, first)["INCONSISTENT"]


def test_an_organisation_code_within_the_credit_code_of_another_is_inconsistent(teller: Actor) -> None:
    code = {"slot": "O02", "type": "O02", "number": "M000100Y4", "issuing_country": "CHN"}
    here, there = company("A"), company("B", credential=[code])
    ids = store([here, there, company("C", credential=[{**code, "number": "MA27Y4U47"}])]).customer_ids

    told = [
        {one.code for one in check(teller, customer_no(customer), at=NOW).report.found} for customer in ids
    ]

    assert ["U03" in codes for codes in told] == [True, True, False]


def test_who_heads_its_own_group_is_inconsistent(teller: Actor) -> None:
    ids = store([company("A"), company("B"), company("C")]).customer_ids
    for one, other in ((0, 1), (1, 0), (2, 0)):
        told = {"kind": "GROUP_PARENT", "other_no": customer_no(ids[other])}
        facets.add(teller, customer_no(ids[one]), "relationship", told, reason="told", at=NOW)

    codes = [{one.code for one in check(teller, customer_no(pk), at=NOW).report.found} for pk in ids]

    assert ["K07" in found for found in codes] == [True, True, False]


def test_out_of_scope_nobody_is_checked(teller: Actor, stranger: Actor) -> None:
    customer = stored(person())
    with pytest.raises(NotFound):
        check(stranger, customer_no(customer), at=NOW)


# -- many ---------------------------------------------------------------------------------------------


def manager(code: str = "1100") -> Actor:
    return staff(f"manager-{code}", "branch_manager", org=branch(code))


def at_1200(bundle: Bundle) -> Bundle:
    bundle.facets["customer"][0]["org"] = "1200"
    return bundle


def test_a_branch_is_checked_and_its_figures_are_read_in_scope(teller: Actor, stranger: Actor) -> None:
    mine, _other = store([whole("PERSON"), at_1200(company("B"))]).customer_ids
    boss = manager()

    run = integrity.order(boss, at=NOW)
    assert integrity.order(boss, at=NOW).pk == run.pk, "one that waits is not ordered twice"
    with database_role("engine"):
        integrity.run_checks(run.pk)
    run.refresh_from_db()

    assert (run.state, run.counts["customers"], run.counts["points"]) == (RunState.SUCCEEDED, 1, 100)
    found = results(teller, at=NOW)
    assert [row["customer_no"] for row in found.rows] == [customer_no(mine)]
    assert found.summary == {
        "customers": 1,
        "score": 100.0,
        "missing": 0,
        "invalid": 0,
        "inconsistent": 0,
        "unverified": 0,
        "expired": 0,
    }
    assert results(stranger, at=NOW).rows == []
    assert OperationLog.objects.filter(action="integrity.checked").count() == 1


def test_who_may_not_orders_no_check_and_nobody_of_another_branch(teller: Actor) -> None:
    with pytest.raises(NotAllowed):
        integrity.order(teller, at=NOW)
    with pytest.raises(Invalid, match=r"integrity\.branch"):
        integrity.order(manager(), Population("1200"), at=NOW)
    with pytest.raises(Invalid, match=r"filter\.unknown"):
        results(teller, at=NOW, kind="ODD")


def test_a_population_is_a_view_or_some_customers(bank: None) -> None:
    """A saved view narrows within the reach of who orders; a merged number stands for whom it counts for."""
    told = [person("A"), company("B"), at_1200(company("C")), person("D")]
    one, firm, _elsewhere, other = store(told).customer_ids
    with database_role("engine"):
        merge(everything(), [Grounds((one, other), "A1", "test", 1.0)], stamp())
    boss = manager()
    firms = save(boss, "customers", "firms", {"party_type": "CORPORATE"}, at=NOW)

    def checked(wanted: Population) -> list[int]:
        with database_role("engine"):
            IntegrityResult.objects.all().delete()
        run = integrity.order(boss, wanted, at=NOW)
        with database_role("engine"):
            integrity.run_checks(run.pk)
        shown = results(boss, at=NOW, run=run.pk).rows
        assert results(boss, at=NOW, run=run.pk + 1).rows == []
        return sorted(customer_id(row["customer_no"]) or 0 for row in shown)

    assert checked(Population(view=firms.pk)) == [firm], "the other firm is at another branch"
    assert checked(Population(numbers=[customer_no(other), customer_no(firm)])) == sorted([one, firm])
    assert checked(Population("1100", firms.pk, [customer_no(one)])) == [], "what is told narrows together"
    assert checked(Population()) == sorted([one, firm])
    asked = OperationLog.objects.filter(action="integrity.order").order_by("pk")
    assert [row.fields["filters"] for row in asked][:2] == [["party_type"], []]

    with database_role("engine"):
        actor = system_actor("job", integrity.RIGHTS, channel="BATCH")
        told_by_hand = {
            "view": str(firms.pk),
            "customers": f"{customer_no(firm)}, {customer_no(one).lower()}",
        }
        run = run_job(integrity.JOB, actor, DAY, NOW, told_by_hand)
        assert (run.counts["customers"], run.params["customers"]) == (1, sorted([one, firm]))
        everywhere = run_job(integrity.JOB, actor, DAY, NOW, {"view": str(firms.pk)})
        assert everywhere.counts["customers"] == 2


@pytest.mark.parametrize("mistyped", ["12a", "²", " ", "-1", "9" * 19])
def test_a_view_that_is_no_number_is_refused_and_not_everybody(bank: None, mistyped: str) -> None:
    with database_role("engine"), pytest.raises(Invalid, match=r"integrity\.view"):
        run_job(integrity.JOB, everything(), DAY, NOW, {"view": mistyped})
    assert JobRun.objects.count() == 0


def test_a_population_beyond_ones_reach_is_refused(bank: None) -> None:
    mine, theirs = store([person("A"), at_1200(company("B"))]).customer_ids
    boss, others = manager(), manager("1200")
    hidden = save(others, "customers", "theirs", {"party_type": "PERSON"}, at=NOW)
    documents = save(boss, "documents_due", "due", {"band": "30"}, at=NOW)
    no = customer_no(mine)
    refused = [
        (Population(view=hidden.pk), "integrity.view", "/view"),
        (Population(view=documents.pk), "integrity.view", "/view"),
        (Population(view=10**12), "integrity.view", "/view"),
        (Population(numbers=[no, customer_no(theirs)]), "integrity.customer", "/customers/1"),
        (Population(numbers=["C0000000000"]), "integrity.customer", "/customers/0"),
        (Population(numbers=[no] * (MOST + 1)), "integrity.customer", "/customers"),
    ]
    for wanted, code, place in refused:
        with pytest.raises(Invalid) as told:
            integrity.order(boss, wanted, at=NOW)
        assert (told.value.code, told.value.errors[0].pointer) == (code, place)
    assert JobRun.objects.count() == 0


def test_all_are_checked_in_chunks_and_a_run_that_died_goes_on(
    bank: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = store([person("A"), company("B"), holder(key="C")]).customer_ids
    monkeypatch.setattr(integrity, "CHUNK", 1)
    actor = system_actor("job", integrity.RIGHTS, channel="BATCH")
    checked, seen = integrity._checked, []

    def dies(found: Any, run: Any, at: Any) -> Any:
        seen.append(found[0].pk)
        if len(seen) == 2:
            raise MemoryError
        return checked(found, run, at)

    monkeypatch.setattr(integrity, "_checked", dies)
    with database_role("engine"):
        run = integrity._run(actor, {"branches": []}, DAY, NOW)
        with pytest.raises(MemoryError):
            carry_out(run.pk, partial(integrity.work, actor, at=NOW))
        counts = carry_out(run.pk, partial(integrity.work, actor, at=NOW))
        assert seen == [ids[0], ids[1], ids[1], ids[2]]
        assert counts["customers"] == 3
        first = dict(IntegrityResult.objects.values_list("customer_id", "score"))
        again = run_job(integrity.JOB, actor, DAY, NOW + timedelta(hours=1), {})
        assert again.counts["points"] == counts["points"]
        assert dict(IntegrityResult.objects.values_list("customer_id", "score")) == first


def test_one_by_one_and_in_bulk_come_to_the_same(teller: Actor) -> None:
    ids = store(
        [person("A"), company("B"), whole("CORPORATE"), holder(key="E", expiry_date=DAY)]
    ).customer_ids
    actor = system_actor("job", integrity.RIGHTS, channel="BATCH")
    with database_role("engine"):
        run_job(integrity.JOB, actor, DAY, NOW, {"org": "1100"})
        kept = dict(IntegrityResult.objects.values_list("customer_id", "score"))
    assert kept == {pk: check(teller, customer_no(pk), at=NOW).report.score for pk in ids}


def test_pages_and_kinds_of_figures(teller: Actor) -> None:
    store([holder(key=f"K-{n}", issuing_authority="x") if n % 2 else whole("PERSON") for n in range(1, 4)])
    actor = system_actor("job", integrity.RIGHTS, channel="BATCH")
    with database_role("engine"):
        run_job(integrity.JOB, actor, DAY, NOW, {})
    first = results(teller, at=NOW, size=2)
    rest = results(teller, at=NOW, size=2, after=first.next or "")
    scores = [row["score"] for row in (*first.rows, *rest.rows)]
    assert len(scores) == 3
    assert scores == sorted(scores)
    assert rest.next is None
    assert len(results(teller, at=NOW, kind="MISSING").rows) == 2
