"""Who is out of scope meets 404 at every address; nobody deletes; who may only look cannot write."""

from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLResolver, get_resolver

from customers.admin.facets import FacetAdmin
from mdm.subjects import registry
from tests.factories.customers import rows_of, the_row
from tests.support.screens import Screens

FACETS = ("customer", "customer_name", "person_profile", "credential", "phone", "email", "address")


def row_addresses(facet: str, customer_id: int, number: str) -> list[str]:
    """Every page of a row."""
    model: Any = registry.facet(facet).model
    base = f"/{model._meta.app_label}/{model._meta.model_name}"
    row = number if facet == "customer" else str(rows_of(facet, customer_id)[0].pk)
    return [f"{base}/{row}/{page}/" for page in ("change", "history", "end")]


@pytest.mark.parametrize("facet", FACETS)
def test_rows_are_not_found_elsewhere(elsewhere: Screens, facet: str, customer_id: int, number: str) -> None:
    for address in row_addresses(facet, customer_id, number):
        assert elsewhere.get(address).status == 404, address
        assert elsewhere.post(address, reason="x", **{"end-reason": "x", "version": "1"}).status == 404, (
            address
        )


def test_pages_of_the_customer_are_not_found_elsewhere(elsewhere: Screens, number: str) -> None:
    assert elsewhere.get(f"/customer/{number}/").status == 404
    assert elsewhere.get(f"/customer/{number}/history/").status == 404


@pytest.mark.parametrize("facet", FACETS)
def test_lists_show_nothing_elsewhere(elsewhere: Screens, teller: Screens, facet: str, number: str) -> None:
    model: Any = registry.facet(facet).model
    address = f"/{model._meta.app_label}/{model._meta.model_name}/"
    assert number in teller.get(address).text
    assert number not in elsewhere.get(address).text


@pytest.mark.parametrize("facet", FACETS)
def test_an_auditor_looks_and_writes_nothing(
    auditor: Screens, facet: str, customer_id: int, number: str
) -> None:
    change, history, end = row_addresses(facet, customer_id, number)
    seen = auditor.get(change)
    assert seen.status == 200
    assert 'method="post"' not in seen.html.split('<main id="main"')[1]
    assert auditor.get(history).status == 200
    assert auditor.post(change, reason="x", version="1", kind="WORK_TEL").status == 403
    assert auditor.post(end, **{"end-reason": "x", "version": "1"}).status in (403, 422)
    assert all(row.version == 1 for row in rows_of(facet, customer_id))


def test_a_history_page_takes_no_writes(teller: Screens, customer_id: int) -> None:
    phone = the_row("phone", customer_id, "MOBILE")
    teller.post(f"/customers/phone/{phone.pk}/history/", number="+8613700000000", reason="x", version="1")
    teller.post(f"/customers/phone/{phone.pk}/history/1/", number="+8613700000000", reason="x", version="1")
    again = the_row("phone", customer_id, "MOBILE")
    assert again.version == 1
    assert again.number == "+8613912345670"


def test_nobody_deletes(teller: Screens, customer_id: int) -> None:
    phone = the_row("phone", customer_id, "MOBILE")
    assert teller.get(f"/customers/phone/{phone.pk}/delete/").status == 404
    assert teller.post("/customers/phone/", action="delete_selected", _selected_action=phone.pk).status == 200
    assert the_row("phone", customer_id, "MOBILE").pk == phone.pk
    for model_admin in admin.site._registry.values():
        assert model_admin.has_delete_permission(HttpRequest()) is False


def test_no_address_of_the_site_deletes_or_reverts() -> None:
    included = [one for one in get_resolver().url_patterns if isinstance(one, URLResolver)]
    (site,) = [one for one in included if one.namespace == "admin"]
    found = [str(pattern) for pattern in site.url_patterns]
    assert len(found) > 50
    assert [address for address in found if "delete" in address or "autocomplete" in address] == []


def test_every_facet_has_its_pages() -> None:
    mine = {
        model_admin.facet_name
        for model_admin in admin.site._registry.values()
        if isinstance(model_admin, FacetAdmin)
    }
    assert mine == {facet.name for facet in registry.facets()}
