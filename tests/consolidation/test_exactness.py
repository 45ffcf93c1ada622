"""Merging changes membership only, so taking merges back in reverse order leaves everything as it was."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.models import Merge
from consolidation.selectors.consistency import check
from consolidation.services.merging import Grounds, merge, unmerge
from customers.models import Customer
from customers.selectors.panorama import panorama
from customers.selectors.search import search
from tests.factories.customers import bank, person, stamp, store
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
DESK = everything("desk")
NAMES = ("欧阳知远", "司马青云", "上官若兰", "诸葛明", "慕容雪", "令狐冲之")
ORGS = ("1000", "1100", "1111", "1200", "1210", "1100")
COUNT = len(NAMES)
#: What a version of a row tells of its writing, not of the customer.
ASIDE = ("version", "updated_at", "updated_by", "recent_changes")


@pytest.fixture(autouse=True)
def engine(db: None) -> Iterator[None]:
    with database_role("engine"):
        bank()
        yield


def population() -> list[int]:
    """Six people who share nothing but their branches."""
    bundles = []
    for at, (name, org) in enumerate(zip(NAMES, ORGS, strict=True)):
        bundle = person(f"K{at}", email=[], address=[], credential=[])
        bundle.facets["customer"][0] |= {"org": org, "opened_on": date(2000 + (at * 7) % 5, 1, 1)}
        bundle.facets["customer_name"][0]["full_name"] = name
        bundle.facets["phone"] = [{"slot": "MOBILE", "kind": "MOBILE", "number": f"+861391234560{at}"}]
        bundles.append(bundle)
    return store(bundles).customer_ids


def view(ids: list[int]) -> dict[str, Any]:
    """Everything that anybody can see of these customers."""
    rows = Customer.objects.filter(pk__in=ids).order_by("pk")
    found = {name: [hit.customer_no for hit in search(DESK, name, at=NOW).hits] for name in NAMES}
    phones = {
        at: [hit.customer_no for hit in search(DESK, f"1391234560{at}", at=NOW).hits] for at in range(COUNT)
    }
    return {
        "membership": list(rows.values_list("pk", "golden_id", "members", "org_path")),
        "found": found,
        "phones": phones,
        "shown": [_without(panorama(DESK, Customer(pk=pk).customer_no, at=NOW)) for pk in ids],
    }


def _without(shown: Any) -> Any:
    """A panorama without what tells of its writing."""
    if isinstance(shown, dict):
        return {name: _without(value) for name, value in shown.items() if name not in ASIDE}
    return [_without(value) for value in shown] if isinstance(shown, list) else shown


GROUPS = st.lists(
    st.lists(st.integers(0, COUNT - 1), min_size=2, max_size=4, unique=True), min_size=1, max_size=4
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(GROUPS, min_size=1, max_size=2))
def test_merges_taken_back_in_reverse_leave_everything_as_it_was(calls: list[list[list[int]]]) -> None:
    with transaction.atomic():
        ids = population()
        before = view(ids)
        for groups in calls:
            grounds = [Grounds(tuple(ids[at] for at in group), "M01", "1", 1.0) for group in groups]
            merge(DESK, grounds, stamp(DESK))
            assert check(DESK)[1] == []
        together = view(ids)
        assert (together["membership"] == before["membership"]) is (not Merge.objects.exists())

        for made in Merge.objects.order_by("-pk"):
            unmerge(DESK, made.pk, reason="taken back", at=NOW)
            assert check(DESK)[1] == []

        assert view(ids) == before
        transaction.set_rollback(True)


def test_an_inner_merge_waits_for_the_outer_one() -> None:
    from mdm.errors import Duplicate

    ids = population()
    merge(DESK, [Grounds((ids[1], ids[2]), "M01", "1", 1.0)], stamp(DESK))
    inner = Merge.objects.get()
    first = Customer.objects.get(pk=inner.customer_id)
    elder = next(pk for pk in ids if Customer.objects.get(pk=pk).opened_on < first.opened_on)
    merge(DESK, [Grounds((elder, inner.other_id), "M01", "1", 1.0)], stamp(DESK))
    outer = Merge.objects.latest("pk")

    if outer.other_id == inner.customer_id:
        with pytest.raises(Duplicate, match=r"merge\.inner"):
            unmerge(DESK, inner.pk, reason="taken back", at=NOW)
    unmerge(DESK, outer.pk, reason="taken back", at=NOW)
    unmerge(DESK, inner.pk, reason="taken back", at=NOW)

    assert set(Customer.objects.values_list("golden_id", flat=True)) == {None}
    assert check(DESK)[1] == []


def test_a_merge_out_of_scope_is_refused_whole() -> None:
    from mdm.errors import NotAllowed, NotFound
    from security.access.actor import Actor, Right, system_actor
    from security.models import Organisation

    ids = population()
    org = Organisation.objects.get(code="1100")
    local = Actor("local", "staff", (Right(frozenset({"merge.run"}), org.pk),))

    with pytest.raises(NotFound, match=r"customer\.unknown"):
        merge(local, [Grounds((ids[1], ids[3]), "M01", "1", 1.0)], stamp(local))
    with pytest.raises(NotAllowed):
        merge(system_actor("none", ["case.view"]), [Grounds((ids[1], ids[2]), "M01", "1", 1.0)], stamp(local))
    merge(DESK, [Grounds((ids[1], ids[3]), "M01", "1", 1.0)], stamp(DESK))
    made = Merge.objects.get()
    with pytest.raises(NotAllowed):
        unmerge(system_actor("none", ["case.view"]), made.pk, reason="taken back", at=NOW)
    with pytest.raises(NotFound, match=r"merge\.unknown"):
        unmerge(DESK, made.pk + 1, reason="taken back", at=NOW)
    assert Merge.objects.filter(undone_at=None).count() == 1


def test_each_change_of_membership_is_one_version_with_one_history_row() -> None:
    ids = population()
    merge(DESK, [Grounds(tuple(ids[:3]), "M01", "1", 1.0)], stamp(DESK, reason="the same person"))
    for made in Merge.objects.order_by("-pk"):
        unmerge(DESK, made.pk, reason="taken back", at=NOW)

    for pk in ids[:3]:
        past = list(Customer.history.filter(id=pk).order_by("history_id"))  # type: ignore[attr-defined]
        assert [entry.version for entry in past] == list(range(1, len(past) + 1))
        assert past[-1].version == Customer.objects.get(pk=pk).version
        assert past[-1].golden_id is None
        assert "the same person" in {entry.history_change_reason for entry in past}
