"""What is stored beside the facets: lookup entries, tokens, signatures; recomputing them changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.models import Signature
from customers.models import Customer
from customers.models.derived import TOKEN_KIND
from customers.rules.names import query_terms
from mdm.bulk.changing import refresh
from mdm.bulk.models import LookupEntry
from mdm.subjects import registry
from security.crypto.blind_index import digest, token
from tests.factories.customers import company, generated, person, stamp, store, stored, the_row
from tests.factories.security import NOW

pytestmark = pytest.mark.usefixtures("bank")
LATER = NOW + timedelta(days=1)


def entries(customer_id: int, kind: str) -> dict[bytes, tuple[str, int]]:
    """Digests of one kind of a customer, with the row that each leads to."""
    rows = LookupEntry.objects.filter(customer_id=customer_id, kind=registry.lookup(kind).number)
    return {bytes(row.digest): (row.facet, row.row_id) for row in rows}


def facts(customer_ids: list[int]) -> dict[str, Any]:
    """All that is derived from customers' rows, without surrogate keys and times."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, digest, customer_id, facet, row_id FROM mdm_lookupentry WHERE customer_id = ANY(%s) "
            "ORDER BY 1, 2, 3, 4, 5",
            [customer_ids],
        )
        index = [tuple(map(_plain, row)) for row in cursor.fetchall()]
    customers = Customer.objects.filter(pk__in=customer_ids).order_by("pk")
    return {
        "index": index,
        "derived": list(customers.values_list("pk", "members", "org_path", "name_tokens")),
        "signatures": {s.pk: bytes(s.body) for s in Signature.objects.filter(pk__in=customer_ids)},
    }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def test_every_value_is_found_under_its_digest_and_leads_to_its_row() -> None:
    customer_id = stored(person())
    card = the_row("credential", customer_id)
    mobile = the_row("phone", customer_id, "MOBILE")

    assert entries(customer_id, "CREDENTIAL") == {
        digest("CREDENTIAL", "P01|CHN|11010519491231002X"): ("credential", card.pk)
    }
    assert entries(customer_id, "NUMBER") == {digest("NUMBER", "11010519491231002X"): ("credential", card.pk)}
    assert entries(customer_id, "PHONE")[digest("PHONE", "+8613912345670")] == ("phone", mobile.pk)
    assert set(entries(customer_id, "EMAIL")) == {digest("EMAIL", "zhiyuan@example.com")}


def test_a_fifteen_digit_number_is_found_by_its_eighteen_digits_too() -> None:
    bundle = person()
    bundle.facets["credential"][0]["number"] = "110105491231002"

    found = entries(stored(bundle), "NUMBER")

    assert set(found) == {digest("NUMBER", text) for text in ("110105491231002", "11010519491231002X")}


def test_names_are_found_by_every_part_that_search_asks_for() -> None:
    tokens = set(the_row("customer", stored(person())).name_tokens)
    firm = set(the_row("customer", stored(company())).name_tokens)

    for typed in ("欧阳知远", "欧阳", "ouyang zhiyuan", "oyzy"):
        assert {token(TOKEN_KIND, term) for term in query_terms(typed)} <= tokens, typed
    for typed in ("北京星辰", "xingchen", "techno"):
        assert {token(TOKEN_KIND, term) for term in query_terms(typed)} <= firm, typed
    assert not {token(TOKEN_KIND, term) for term in query_terms("欧阳近")} <= tokens


def test_a_changed_value_is_found_no_more_under_the_old_digest() -> None:
    customer_id = stored(person())
    told = person()
    told.facets["phone"][0]["number"] = "+8613912345671"
    told.facets["customer_name"][0]["full_name"] = "上官知远"
    before = set(the_row("customer", customer_id).name_tokens)

    store([told], stamp(at=LATER))

    assert digest("PHONE", "+8613912345670") not in entries(customer_id, "PHONE")
    assert digest("PHONE", "+8613912345671") in entries(customer_id, "PHONE")
    after = set(the_row("customer", customer_id).name_tokens)
    assert token(TOKEN_KIND, query_terms("上官")[0]) in after - before
    assert token(TOKEN_KIND, query_terms("欧阳")[0]) in before - after


def test_the_same_value_of_two_customers_leads_to_both() -> None:
    ids = store([person("A"), person("B")]).customer_ids

    found = LookupEntry.objects.filter(digest=digest("PHONE", "+8613912345670"))

    assert sorted(row.customer_id for row in found) == ids


def test_kinds_do_not_meet_although_their_texts_are_equal() -> None:
    assert digest("PHONE", "110105491231002") != digest("NUMBER", "110105491231002")


def test_blank_values_have_no_entry() -> None:
    bundle = person(email=[], address=[], phone=[], credential=[])

    customer_id = stored(bundle)

    assert {kind: entries(customer_id, kind) for kind in ("PHONE", "EMAIL", "NUMBER", "CREDENTIAL")} == {
        "PHONE": {},
        "EMAIL": {},
        "NUMBER": {},
        "CREDENTIAL": {},
    }


def test_the_index_holds_digests_only() -> None:
    stored(person())

    assert {len(bytes(entry.digest)) for entry in LookupEntry.objects.all()} <= {8, 16}
    clear = ("11010519491231002X", "+8613912345670", "zhiyuan@example.com", "欧阳知远")
    assert not any(text.encode() in bytes(e.digest) for e in LookupEntry.objects.all() for text in clear)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), at=st.data())
def test_what_is_derived_from_the_bundle_is_derived_from_the_rows(seed: int, at: st.DataObject) -> None:
    """The facts of a new customer come from what was told; recomputed from what is stored they are the same."""
    with transaction.atomic():
        ids = store(generated(12, seed, duplicates=0.3, errors=0.0)).customer_ids
        told = facts(ids)
        chosen = at.draw(st.lists(st.sampled_from(ids), unique=True))

        refresh(chosen)
        assert facts(ids) == told
        refresh(ids)
        refresh(ids)
        assert facts(ids) == told
        transaction.set_rollback(True)
