"""Work lists and figures of special information: by state and day, in the reader's branches only."""

from datetime import timedelta
from typing import Any

import pytest

from customers.rules.number import customer_id
from customers.services import facets
from mdm import jobs
from mdm.errors import Invalid, NotFound
from security.access.actor import Actor, system_actor
from special_info.rules.rights import AGENCY, INVESTOR, TAX
from special_info.selectors.undeclared import undeclared
from special_info.selectors.worklists import KINDS, counts, statistics, worklist
from special_info.services import investor, tax
from tests.factories.security import NOW
from tests.special_info.declared import ASSESSMENT, BOTH, CHINESE, DAY, US, WHY, approved
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"reason": WHY, "at": NOW}


@pytest.fixture
def in_force(clerk: Actor, officer: Actor, person_no: str) -> Any:
    """A declaration in force whose holder told a change."""
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    approved(officer, tax.submit(clerk, row.pk, row.version, **SAY))
    return tax.report_change(clerk, row.pk, row.version + 2, DAY, **SAY)


def listed(actor: Actor, kind: str, name: str, at: Any = NOW) -> list[int]:
    return [entry.id for entry in worklist(actor, kind, name, at=at).rows]


def test_what_is_due_comes_when_it_is_due(clerk: Actor, in_force: Any) -> None:
    assert listed(clerk, "tax", "due") == [in_force.pk]
    assert listed(clerk, "tax", "overdue") == []
    late = NOW + timedelta(days=31)
    assert listed(clerk, "tax", "due", late) == []
    assert listed(clerk, "tax", "overdue", late) == [in_force.pk]
    assert counts(clerk, "tax", at=late) == {
        "overdue": 1,
        "due": 0,
        "waiting": 0,
        "draft": 0,
        "rejected": 0,
        "undeclared": 1,
    }


def test_others_see_nothing_of_it(stranger: Actor, in_force: Any) -> None:
    assert listed(stranger, "tax", "due") == []
    assert set(counts(stranger, "tax", at=NOW).values()) == {0}
    assert statistics(stranger, "tax", at=NOW).total == 0
    assert undeclared(stranger, at=NOW).rows == []
    with database_role("engine"):
        assert listed(stranger, "tax", "due") == []
        assert statistics(stranger, "tax", at=NOW).total == 0


def test_figures_by_code_and_branch(clerk: Actor, officer: Actor, in_force: Any, company_no: str) -> None:
    tax.declare(clerk, company_no, {**CHINESE, "entity_class": "ACTIVE_NFE"}, **SAY)

    for reader in (clerk, officer):
        told = statistics(reader, "tax", at=NOW)
        assert told.total == 2
        assert {(f.field, f.value): f.count for f in told.figures} == {
            ("tax_state", "APPROVED"): 1,
            ("tax_state", "DRAFT"): 1,
            ("residency_status", "BOTH"): 1,
            ("residency_status", "CHINESE"): 1,
            ("entity_class", "ACTIVE_NFE"): 1,
        }
        assert told.branches == {"1100": 2}


def asked(actor: Actor, at: Any = NOW, **filters: str) -> list[tuple[str, str]]:
    return [(one.customer_no, one.why) for one in undeclared(actor, at=at, filters=filters).rows]


def test_who_has_not_declared_yet(clerk: Actor, in_force: Any, person_no: str, company_no: str) -> None:
    newest = sorted([(person_no, "due"), (company_no, "none")], key=lambda one: customer_id(one[0]) or 0)
    assert asked(clerk) == newest[::-1]
    page = undeclared(clerk, at=NOW, size=1)
    assert [one.customer_no for one in page.rows] == [newest[1][0]]
    assert undeclared(clerk, at=NOW, after=page.next).rows[0].customer_no == newest[0][0]
    late = NOW + timedelta(days=31)
    assert asked(clerk, late, why="overdue") == [(person_no, "overdue")]
    (row,) = undeclared(clerk, at=NOW, filters={"why": "due"}).rows
    assert (row.due, row.record) == (DAY + timedelta(days=30), None)
    assert "欧阳知远" not in row.display_name


def test_who_is_to_be_asked_is_narrowed(clerk: Actor, person_no: str, company_no: str) -> None:
    draft: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    assert asked(clerk, party_type="PERSON") == [(person_no, "draft")]
    assert undeclared(clerk, at=NOW, filters={"why": "draft"}).rows[0].record == draft.pk
    assert asked(clerk, org="1100", why="none") == [(company_no, "none")]
    assert asked(clerk, org="1200") == []
    with pytest.raises(Invalid, match=r"filter\.unknown"):
        asked(clerk, name="x")


def test_a_declaration_in_force_ends_the_asking(clerk: Actor, officer: Actor, person_no: str) -> None:
    row: Any = tax.declare(clerk, person_no, BOTH, [US], **SAY)
    waiting = tax.submit(clerk, row.pk, row.version, **SAY)
    assert asked(clerk) == [(person_no, "waiting")]
    approved(officer, waiting)
    assert asked(clerk) == []


def test_investors_whose_time_ends(clerk: Actor, officer: Actor, person_no: str) -> None:
    told = {**ASSESSMENT, "evidence_valid_to": DAY + timedelta(days=45)}
    row: Any = facets.add(clerk, person_no, "investor_assessment", told, **SAY)
    approved(officer, investor.submit(clerk, row.pk, row.version, **SAY))

    assert listed(clerk, "investor", "within60") == [row.pk]
    assert listed(clerk, "investor", "within30") == []
    assert listed(clerk, "investor", "within30", NOW + timedelta(days=20)) == [row.pk]
    assert listed(clerk, "investor", "lapsed", NOW + timedelta(days=46)) == [row.pk]


def test_the_clock_is_a_job(clerk: Actor, in_force: Any) -> None:
    late = NOW + timedelta(days=40)
    clock = system_actor("special_clock", jobs.rights_of("special_clock"))
    assert set(jobs.rights_of("special_clock")) == {TAX, INVESTOR, AGENCY}
    with database_role("engine"):
        run = jobs.run("special_clock", clock, late.date(), late, {})
        again = jobs.run("special_clock", clock, late.date(), late, {})

    assert run.counts == {"tax_certifications": 1, "investor_assessments": 0, "agency_agreements": 0}
    assert again.counts["tax_certifications"] == 0
    assert listed(clerk, "tax", "overdue", late) == []


@pytest.mark.parametrize(("kind", "name"), [("nothing", "due"), ("tax", "nothing")])
def test_a_list_that_is_none_is_not_found(clerk: Actor, kind: str, name: str) -> None:
    with pytest.raises(NotFound, match=r"worklist\.unknown"):
        worklist(clerk, kind, name, at=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_every_list_of_every_kind_is_read(clerk: Actor, kind: str) -> None:
    told = counts(clerk, kind, at=NOW)
    extra = ["undeclared"] if kind == "tax" else []
    assert list(told) == [*(one.name for one in KINDS[kind].lists), *extra]
    for one in KINDS[kind].lists:
        assert listed(clerk, kind, one.name) == []
