"""The page of a customer's relations: both ends, the drawing, nothing in clear, nothing for others."""

from tests.customers.admin.conftest import screens_of
from tests.support.screens import Screens


def test_relations_are_listed_drawn_and_masked(teller: Screens, number: str) -> None:
    seen = teller.get(f"/customer/{number}/relations/")

    assert seen.status == 200
    assert "Guarantor" in seen.text
    assert "**国" in seen.text
    assert "王建国" not in seen.html
    assert seen.html.count("<circle") == 2
    assert "<line" in seen.html


def test_the_panorama_leads_there(teller: Screens, number: str) -> None:
    assert f"/customer/{number}/relations/" in teller.get(f"/customer/{number}/").html


def test_out_of_scope_is_not_found(number: str) -> None:
    elsewhere = screens_of("other", "1200", "teller")

    assert elsewhere.get(f"/customer/{number}/relations/").status == 404
