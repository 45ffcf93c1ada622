"""Relations read from both ends, beneficial owners through customers, and what is out of scope."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from customers.models import Customer
from customers.selectors.relations import graph, owners, relations
from customers.selectors.search import search
from customers.services import facets
from mdm.errors import Invalid, NotFound
from security.access.actor import Actor
from tests.factories.customers import company, person, stored
from tests.factories.security import NOW, branch, staff

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
WHY = "register of shareholders"


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def customer(key: str, *, firm: bool = True, org: str = "1110") -> str:
    """A customer without relations of its own; its number."""
    bundle = company(key) if firm else person(key)
    bundle.facets["customer"][0]["org"] = org
    del bundle.facets["relationship"]
    bundle.facets["credential"] = []
    return number(stored(bundle))


def tie(actor: Actor, of: str, kind: str, other: str, **more: Any) -> Any:
    values = {"kind": kind, "other_no": other, **more}
    return facets.add(actor, of, "relationship", values, reason=WHY, at=LATER)


def test_a_relation_reads_from_both_ends(teller: Actor) -> None:
    firm, boss = customer("O-1"), customer("P-1", firm=False)
    tie(teller, firm, "EMPLOYEE", boss)

    with translation.override("en"):
        (there,), (here,) = relations(teller, firm, at=LATER), relations(teller, boss, at=LATER)

    assert (there["direction"], there["label"], there["other_no"]) == ("OUT", "Employee", boss)
    assert (here["direction"], here["label"], here["other_no"]) == ("IN", "Employer", firm)
    assert here["name"] == "北京星辰科技有限公司"


def test_the_name_of_somebody_outside_is_masked(teller: Actor) -> None:
    firm = customer("O-1")
    facets.add(
        teller, firm, "relationship", {"kind": "LEGAL_REP", "other_name": "王建国"}, reason=WHY, at=LATER
    )

    (row,) = relations(teller, firm, at=LATER)

    assert (row["other_no"], row["name"]) == ("", "**国")


def test_owners_are_found_through_a_customer_in_between(teller: Actor) -> None:
    firm, holding, ann = customer("O-1"), customer("O-2"), customer("P-1", firm=False)
    tie(teller, firm, "SHAREHOLDER", holding, ownership_pct=Decimal(60))
    tie(teller, holding, "SHAREHOLDER", ann, ownership_pct=Decimal(50))

    found = owners(teller, firm, at=LATER)

    assert [(one["customer_no"], one["equity"], one["criterion"]) for one in found["owners"]] == [
        (ann, "30.00", "EQUITY")
    ]
    assert (found["cycles"], found["complete"]) == ([], True)


def test_a_circle_of_owners_is_told(teller: Actor) -> None:
    one, other = customer("O-1"), customer("O-2")
    tie(teller, one, "SHAREHOLDER", other, ownership_pct=Decimal(30))
    tie(teller, other, "SHAREHOLDER", one, ownership_pct=Decimal(30))

    assert len(owners(teller, one, at=LATER)["cycles"]) == 1


def test_a_group_told_in_a_circle_is_told(teller: Actor) -> None:
    one, other = customer("O-1"), customer("O-2")
    tie(teller, one, "GROUP_PARENT", other)
    tie(teller, one, "GROUP_MEMBER", other)

    assert len(owners(teller, one, at=LATER)["cycles"]) == 1


def test_a_share_told_of_the_whole_way_does_not_count_beside_its_chain(teller: Actor) -> None:
    firm, holding, ann = customer("O-1"), customer("O-2"), customer("P-1", firm=False)
    tie(teller, firm, "SHAREHOLDER", holding, ownership_pct=Decimal(50))
    tie(teller, holding, "SHAREHOLDER", ann, ownership_pct=Decimal(30))
    tie(teller, firm, "SHAREHOLDER", ann, ownership_pct=Decimal(15), ownership_kind="INDIRECT")

    assert owners(teller, firm, at=LATER)["owners"] == []


def test_a_holder_elsewhere_makes_the_answer_incomplete_and_is_not_named(teller: Actor) -> None:
    elsewhere = staff("other", "teller", org=branch("1200"))
    head = staff("head", "branch_manager", org=branch("1000"))
    firm, far = customer("O-1"), customer("O-9", org="1210")
    tie(head, firm, "SHAREHOLDER", far, ownership_pct=Decimal(60))

    mine, theirs = owners(teller, firm, at=LATER), graph(teller, firm, at=LATER)

    assert mine["complete"] is False
    assert [node["name"] for node in theirs["nodes"] if not node["centre"]] == [""]
    assert relations(elsewhere, far, at=LATER) == []
    with pytest.raises(NotFound):
        relations(elsewhere, firm, at=LATER)


@pytest.mark.parametrize(("which", "code"), [("itself", "other.itself"), ("far", "other.unknown")])
def test_naming_oneself_or_somebody_out_of_scope_is_refused(teller: Actor, which: str, code: str) -> None:
    firm = customer("O-1")
    other = firm if which == "itself" else customer("O-9", org="1210")

    with pytest.raises(Invalid) as refusal:
        tie(teller, firm, "GUARANTOR", other)

    assert (refusal.value.code, refusal.value.errors[0].pointer) == (code, "/other_no")


def test_an_account_is_found_by_its_number(teller: Actor) -> None:
    firm = customer("O-1")

    found = search(teller, "6222 0210 0112 2334 455", at=LATER)

    assert [hit.customer_no for hit in found.hits] == [firm]
