"""Files that name what lies out of scope: every layout by each of its operations, customers by key and by number,
branches, documents. Each such row is refused as if nothing were there, and what lies there stays as it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from batch.layouts.facet import FacetLayout
from batch.layouts.registry import layouts
from batch.models import RejectedRow
from batch.selectors.batches import batch_rows
from batch.services import batches
from batch.services.creating import run_batch
from batch.services.document_files import load_documents
from batch.services.loading import Loaded, load_file
from mdm.subjects import registry
from security.access.actor import Actor, Right
from security.access.roles import PERMISSIONS
from security.models import OperationLog, Organisation, User
from tests.batch.services.test_document_files import delivery
from tests.factories import batches as sent
from tests.factories.approvals import unasked
from tests.factories.facet_files import facet_file, row
from tests.factories.files import line, write
from tests.security.authorisation.population import PLACES, REACHED, Bank, key_of
from tests.security.authorisation.test_references import LOOKS, OUTSIDE, PLAIN, TAKEN
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bank")]
AT, DAY = datetime(2026, 3, 4, 2, 0, tzinfo=UTC), date(2026, 3, 4)
OF_FACETS = [layout for layout in layouts() if isinstance(layout, FacetLayout)]
#: Columns by which a row names another customer than its own, by layout.
OTHERS = {one.name: registry.facet(one.facet).model.OTHERS & set(one.names) for one in OF_FACETS}
NAMING = [one for one in OF_FACETS if OTHERS[one.name]]
#: What such a row has to tell besides.
BESIDE = {
    "relationship": {"kind": "EMPLOYER"},
    "controlling_person": {"certification_no": "T-2", "person_no": "9"},
}
#: Layouts of whole customers: the first is probed, the others name nothing else.
OF_CUSTOMERS = {"core_customer", "core_customer_gb18030", "febrl"}
#: Columns that every layout names its customer by, all of which are probed.
WHOSE = {"customer_no", "source_key"}
#: Columns that look like references, and are none.
OF_THEIR_OWN = {"rec_id": "the number of a line of `febrl`", "soc_sec_id": "a document's number, made up"}


@pytest.fixture
def sender(bank: Bank) -> Actor:
    """Somebody with every right at the own branch."""
    unasked("load.run")
    with database_role("engine"):
        home = Organisation.objects.get(code=PLACES["own"])
        user = User.objects.get(username="colleague-own")
    right = Right(frozenset(PERMISSIONS), home.pk)
    return Actor(user.username, "staff", (right,), user_id=user.pk, org_code=home.code)


def rows_about(bank: Bank, layout: FacetLayout, places: tuple[str, ...]) -> list[dict[str, str]]:
    """A row for each operation of a layout about each place's person, by key and by number."""
    told = dict.fromkeys(layout.needed, "") | ({"slot": "1"} if "slot" in layout.names else {})
    return [
        told | row(operation, key=key, customer_no=number)
        for operation in layout.operations
        for place in places
        for key, number in ((key_of(place), ""), ("", bank.number(place)))
    ]


def refused(loaded: Loaded) -> list[tuple[int, str]]:
    return list(
        RejectedRow.objects.filter(run_id=loaded.run).order_by("line", "id").values_list("line", "code")
    )


def untouched(bank: Bank, newest: int) -> bool:
    theirs = [held[place] for held in (bank.customers, bank.twins) for place in OUTSIDE]
    return not OperationLog.objects.filter(pk__gt=newest, customer_id__in=theirs, result="ok").exists()


def versions(bank: Bank) -> list[tuple[str, int, int]]:
    """Every row of customers out of scope with its version."""
    theirs = [held[place] for held in (bank.customers, bank.twins) for place in OUTSIDE]
    return [
        (facet.name, *one)
        for facet in registry.facets()
        for one in facet.model._default_manager.filter(
            **{f"{'pk' if facet.name == 'customer' else 'customer_id'}__in": theirs}
        )
        .order_by("pk")
        .values_list("pk", "version")
    ]


def test_every_column_that_names_something_is_probed_or_explained() -> None:
    names = {name for layout in layouts() for name in layout.names if LOOKS.search(name)}
    others = frozenset().union(*OTHERS.values())
    assert others == {"other_no"}
    assert names <= WHOSE | others | {*PLAIN, *TAKEN, *OF_THEIR_OWN}
    assert {layout.name for layout in layouts()} - {layout.name for layout in OF_FACETS} == OF_CUSTOMERS


@pytest.mark.parametrize("layout", OF_FACETS, ids=lambda layout: layout.name)
def test_rows_about_customers_out_of_scope_are_about_nobody(
    bank: Bank, sender: Actor, tmp_path: Path, layout: FacetLayout
) -> None:
    with database_role("engine"):
        before, newest = versions(bank), OperationLog.objects.latest("pk").pk
        outside = rows_about(bank, layout, OUTSIDE)
        path = facet_file(tmp_path / "outside.csv", layout.name, *outside)
        loaded = load_file(sender, path, layout.name, at=AT, business_date=DAY)
        assert refused(loaded) == [(at, "customer.unknown") for at in range(2, 2 + len(outside))]
        assert versions(bank) == before
        assert untouched(bank, newest)
        path = facet_file(tmp_path / "inside.csv", layout.name, *rows_about(bank, layout, REACHED))
        ours = load_file(sender, path, layout.name, at=AT, business_date=DAY + timedelta(days=1))
        assert "customer.unknown" not in {code for _line, code in refused(ours)}


@pytest.mark.parametrize("layout", NAMING, ids=lambda layout: layout.name)
def test_rows_that_name_customers_out_of_scope_name_nobody(
    bank: Bank, sender: Actor, tmp_path: Path, layout: FacetLayout
) -> None:
    """A row of one's own customer, a new one and one that is there."""
    (name,) = OTHERS[layout.name]

    def naming(numbers: dict[str, str]) -> list[dict[str, str]]:
        known: Any = registry.facet(layout.facet).model._default_manager
        there = known.get(pk=bank.ids["own"][layout.facet])
        rows = ((operation, to) for operation in ("add", "change") for to in numbers)
        return [
            row(
                operation,
                key=there.source_key,
                slot=there.slot if operation == "change" else f"new-{to}",
                **{**BESIDE[layout.name], name: numbers[to]},
            )
            for operation, to in rows
        ]

    with database_role("engine"):
        before, newest = versions(bank), OperationLog.objects.latest("pk").pk
        outside = naming({place: bank.number(place) for place in OUTSIDE} | {"nobody": "C0000000000"})
        path = facet_file(tmp_path / "outside.csv", layout.name, *outside)
        loaded = load_file(sender, path, layout.name, at=AT, business_date=DAY)
        assert refused(loaded) == [(at, "other.unknown") for at in range(2, 2 + len(outside))]
        assert versions(bank) == before
        assert untouched(bank, newest)
        inside = naming({"child": bank.number("child")})
        path = facet_file(tmp_path / "inside.csv", layout.name, *inside)
        ours = load_file(sender, path, layout.name, at=AT, business_date=DAY + timedelta(days=1))
        assert "other.unknown" not in {code for _line, code in refused(ours)}


def test_files_of_customers_reach_no_other_branch(bank: Bank, sender: Actor, tmp_path: Path) -> None:
    """Neither by the branch that a row names nor by the key of somebody who is there."""
    told = [line(f"NEW-{place}", branch_code=PLACES[place]) for place in OUTSIDE]
    told += [line(key_of(place), branch_code=PLACES["own"]) for place in OUTSIDE]
    with database_role("engine"):
        before, newest = versions(bank), OperationLog.objects.latest("pk").pk
        loaded = load_file(sender, write(tmp_path / "core.csv", told), "core_customer", at=AT)
        assert refused(loaded) == [(at, "access.branch") for at in range(2, 2 + len(told))]
        assert versions(bank) == before
        assert untouched(bank, newest)


def test_documents_for_customers_out_of_scope_are_for_nobody(
    bank: Bank, sender: Actor, tmp_path: Path
) -> None:
    """Whether or not they have the document that a line names."""
    told = [
        {"source_key": key_of(place), "kind": "OTHER", "file": f"{place}{about}.jpg", "credential": about}
        for place in OUTSIDE
        for about in ("", "P01", "P03")
    ]
    with database_role("engine"):
        before = versions(bank)
        run = load_documents(sender, delivery(tmp_path, *told), business_date=DAY, at=AT)
        assert [one["code"] for one in run.problems] == ["customer.unknown"] * len(told)
        assert versions(bank) == before


def people_like(bank: Bank) -> Iterator[dict[str, str]]:
    """New customers for other branches; the same people as there, told of at the own one; their very keys."""
    for at, place in enumerate(OUTSIDE):
        known = registry.facet("credential").model._default_manager
        number = known.get(pk=bank.ids[place]["credential"]).number.open()
        fresh = [dict(one) for one in sent.people(3, 400 + 3 * at)]
        yield fresh[0] | {"branch_code": PLACES[place]}
        yield fresh[1] | {"branch_code": PLACES["own"], "id_number": number, "birth_date": "", "sex": ""}
        yield fresh[2] | {"branch_code": PLACES["own"], "source_key": key_of(place)}


def test_batches_tell_nothing_of_customers_out_of_scope(bank: Bank, sender: Actor) -> None:
    with database_role("engine"):
        before = versions(bank)
        rows = sent.told(people_like(bank), source="core_customer")
        batch = batches.submit(
            sender, rows, mode="tolerant", form="table", reason="a probe", at=timezone.now()
        )
        run_batch(batch.run_id or 0)
        shown: Any = batch_rows(sender, batch, at=timezone.now())
    told = "\n".join(map(str, shown.rows))
    assert not bank.outside().search(told.encode()), told
    assert not bank.canaries.search(told.encode()), told
    with database_role("engine"):
        assert versions(bank) == before
