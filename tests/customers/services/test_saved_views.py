"""Saved views: one's own and the branch's, filters that hold nothing of a customer, changed only by who saved them."""

from dataclasses import replace

import pytest

from customers.models import SavedView
from customers.selectors.saved_views import view, views
from customers.services.saved_views import MOST, change, delete, save
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from security.access.actor import Actor, system_actor
from security.models import OperationLog, User
from tests.factories.customers import bank
from tests.factories.security import NOW, branch, staff
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Actor:
    bank()
    return staff("manager", "branch_manager", org=branch("1100"))


@pytest.fixture
def teller(manager: Actor) -> Actor:
    return staff("teller", "teller", org=branch("1100"))


def kept(actor: Actor, name: str = "Dormant", *, shared: bool = False, of: str = "customers") -> SavedView:
    filters = {"lifecycle_status": "DORMANT"} if of == "customers" else {"channel": "BATCH"}
    return save(actor, of, name, filters, shared=shared, at=NOW)


def test_a_view_is_its_owners_unless_it_is_shared_with_the_branch(manager: Actor, teller: Actor) -> None:
    own, shared = kept(manager, "Mine"), kept(manager, "Ours", shared=True)
    elsewhere = staff("elsewhere", "teller", org=branch("1200"))

    assert [one.name for one in views(manager, "customers")] == ["Mine", "Ours"]
    assert [one.name for one in views(teller)] == ["Ours"]
    assert list(views(elsewhere)) == []
    assert view(teller, shared.pk).filters == {"lifecycle_status": "DORMANT"}
    for actor, known in ((teller, own), (elsewhere, shared)):
        with pytest.raises(NotFound) as unknown:
            view(actor, known.pk)
        assert unknown.value.code == "view.unknown"


def test_what_somebody_who_left_had_shared_goes_with_the_account(manager: Actor, teller: Actor) -> None:
    kept(manager, shared=True)
    User.objects.filter(pk=manager.user_id).update(is_active=False)
    assert list(views(teller)) == []


def test_a_view_of_a_list_that_one_may_not_see_is_none(manager: Actor, teller: Actor) -> None:
    shared = kept(manager, "By batch", shared=True, of="changes")

    assert list(views(teller)) == []
    with pytest.raises(NotFound):
        view(teller, shared.pk)
    with pytest.raises(NotAllowed):
        kept(teller, of="changes")


@pytest.mark.parametrize(
    ("name", "filters", "code"),
    [
        ("13912345670", {}, "view.sensitive"),
        ("x", {"org": "11010519491231002X"}, "view.sensitive"),
        ("x", {"org": "zhiyuan@example.com"}, "view.sensitive"),
        ("x", {"term": "欧阳"}, "filter.unknown"),
        (" ", {}, "view.name"),
        ("x" * 61, {}, "view.name"),
    ],
)
def test_nothing_of_a_customer_is_kept(manager: Actor, name: str, filters: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        save(manager, "customers", name, filters, at=NOW)
    assert refused.value.code == code
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("filters", [{"customer": "C00000000019"}, {"reason": "Ouyang complained"}])
def test_no_view_of_changes_holds_a_customer_or_a_reason(manager: Actor, filters: dict[str, str]) -> None:
    found = kept(manager, of="changes")
    for attempt in (
        lambda: save(manager, "changes", "x", filters, at=NOW),
        lambda: change(manager, found.pk, 1, filters=filters, at=NOW),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        assert refused.value.code == "view.sensitive"
    assert SavedView.objects.get().filters == {"channel": "BATCH"}


def test_other_refusals(manager: Actor) -> None:
    first = kept(manager)
    with pytest.raises(Duplicate) as twin:
        kept(manager, " Dormant ")
    assert twin.value.code == "view.exists"
    assert kept(manager, of="changes").name == first.name
    with pytest.raises(Invalid) as unknown:
        save(manager, "agreements", "x", {}, at=NOW)
    assert unknown.value.code == "view.list"
    with pytest.raises(NotAllowed):
        save(system_actor("load", ["customer.view"]), "customers", "x", {}, at=NOW)
    with pytest.raises(Invalid) as nowhere:
        save(replace(manager, org_code=""), "customers", "x", {}, shared=True, at=NOW)
    assert nowhere.value.code == "view.branch"

    rows = [
        SavedView(of="changes", name=f"{n}", owner_id=manager.user_id, created_at=NOW, updated_at=NOW)
        for n in range(MOST - 2)
    ]
    SavedView.objects.bulk_create(rows)
    with pytest.raises(Invalid) as many:
        kept(manager, "one more")
    assert many.value.code == "view.many"


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_sent_at_once_one_is_saved(manager: Actor) -> None:
    with two_racers() as (first, second):
        first.do(lambda: kept(manager))
        late = second.start(lambda: kept(manager))
        second.wait_until_held_up()
        first.commit()
        with pytest.raises(Duplicate, match=r"view\.exists"):
            late.result(20)
    assert [one.name for one in views(manager)] == ["Dormant"]


def test_only_who_saved_it_changes_and_deletes_it(manager: Actor, teller: Actor) -> None:
    found = kept(manager, shared=True)
    with pytest.raises(NotAllowed) as others:
        change(teller, found.pk, 1, name="x", at=NOW)
    assert others.value.code == "view.others"
    with pytest.raises(NotAllowed):
        delete(teller, found.pk, 1, at=NOW)

    changed = change(manager, found.pk, 1, name="Dormant here", shared=False, filters={"org": "1100"}, at=NOW)
    assert (changed.name, changed.filters, changed.shared_with) == ("Dormant here", {"org": "1100"}, "")
    assert change(manager, found.pk, 2, shared=True, at=NOW).name == "Dormant here"
    with pytest.raises(Stale):
        delete(manager, found.pk, 2, at=NOW)
    delete(manager, found.pk, 3, at=NOW)
    assert not SavedView.objects.exists()
    logged = OperationLog.objects.filter(subject="view").order_by("id").values_list("action", flat=True)
    assert list(logged) == ["view.save", "view.change", "view.change", "view.delete"]
