"""What is known of a holder is read from the rows of the facets as they are stored, by the codes of the lists."""

from datetime import date
from typing import Any

import pytest

from mdm.codes import get as code_list
from special_info.rules import reasonableness
from special_info.rules.declaration import Declaration
from special_info.selectors.known import ATTORNEYS, known
from tests.special_info.declared import CHINESE, DAY


def agent(**more: Any) -> dict[str, Any]:
    return {"kind": "AGENT", "other_country": "SGP", "ended_on": None, **more}


def found(facet: str, row: dict[str, Any]) -> list[str]:
    """What speaks against somebody who is resident here only."""
    return reasonableness.indicia(Declaration(CHINESE), known({facet: [row]}, DAY))


def test_the_kinds_that_act_for_somebody_are_in_the_list_of_relations() -> None:
    assert set(code_list("relation_kind")) >= ATTORNEYS


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (agent(), ["attorney"]),
        (agent(other_country="CHN"), []),
        (agent(kind="GUARANTOR"), []),
        (agent(ended_on=DAY), []),
        (agent(ended_on=date(2026, 3, 3)), ["attorney"]),
    ],
)
def test_an_agent_abroad_holds_a_power_of_attorney_until_it_ends(
    row: dict[str, Any], told: list[str]
) -> None:
    assert found("relationship", row) == told


@pytest.mark.parametrize(
    ("born", "state", "told"),
    [
        ("USA", "SUPERSEDED", ["born_us"]),
        ("USA", "APPROVED", ["born_us"]),
        ("USA", "REJECTED", []),
        ("GBR", "SUPERSEDED", []),
    ],
)
def test_who_declared_to_be_born_in_the_states_is_known_to_be(born: str, state: str, told: list[str]) -> None:
    assert found("tax_certification", {"born_in": born, "tax_state": state}) == told
