"""What the gate is told of a file: entries that who delivers could not make on screen take a second person."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batch.layouts.facet import FacetLayout
from batch.layouts.registry import layout, layouts
from batch.services.delivering import deliver
from batch.services.orders import Delivered, case_of
from customers.selectors.requests import most_asked
from customers.services.told_rows import BASIC
from mdm.subjects import Facet, registry
from security.access.actor import Actor
from security.access.rights import Right
from tests.factories.customers import DAY, person, store
from tests.factories.facet_files import facet_file, row
from tests.factories.security import NOW, branch, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


def facet_of(name: str) -> Facet:
    """The facet of which a layout tells rows."""
    known = layout(name)
    assert isinstance(known, FacetLayout)
    return registry.facet(known.facet)


#: Files of facets whose rows take a right that loading does not bring.
OWN = sorted(
    one.name for one in layouts() if isinstance(one, FacetLayout) and facet_of(one.name).permission != BASIC
)


def approvals(actor: Actor, name: str) -> int:
    order = Delivered(name, "f.csv", "delta", False, "0" * 64, 10, 1, DAY.isoformat())
    asked: int = case_of(actor, order, layout(name)).facts["approvals"]
    return asked


def also(actor: Actor, name: str, code: str) -> Actor:
    """The actor with the right that a layout's facet takes, at a branch."""
    right = Right(frozenset({facet_of(name).permission}), branch(code).pk)
    return replace(actor, rights=(*actor.rights, right))


@pytest.mark.parametrize("name", OWN)
def test_rows_with_a_right_of_their_own_take_it_or_a_second_person(name: str) -> None:
    operator, on_screen = staff("zheng", "operator", org=branch("1100")), most_asked([facet_of(name).name])

    assert approvals(operator, name) >= 1
    assert approvals(also(operator, name, "1110"), name) >= 1, "not where the file reaches"
    assert approvals(also(operator, name, "1100"), name) == on_screen
    assert approvals(also(operator, name, "1000"), name) == on_screen, "at a branch above"


def test_there_are_such_files() -> None:
    assert {"rating", "restriction", "credential", "tax_certification"} <= set(OWN)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("rating", {"kind": "AML", "grade": "LOW", "assessed_on": "20260302"}),
        ("restriction", {"kind": "FRAUD", "extent": "DEBIT", "begun_on": "20260302"}),
    ],
)
def test_a_file_of_what_compliance_says_waits_for_a_second_person(
    name: str, told: dict[str, Any], tmp_path: Path
) -> None:
    store([person()])
    operator = staff("zheng", "operator", org=branch("1000"))
    path = facet_file(tmp_path / "file.csv", name, row(slot="X", **told))

    done = deliver(operator, path, name, mode=None, business_date=DAY, at=NOW)

    assert done.request is not None
    assert done.request.checkers == 1
