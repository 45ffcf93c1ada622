"""A filtered list becomes a view, is opened, renamed, shared and exported, on screen and over REST."""

import csv
import io
import json
from datetime import timedelta
from functools import partial
from zipfile import ZipFile

import pytest
from django.utils import timezone

from customers.models import SavedView
from customers.rules.number import customer_no
from customers.services import exporting
from customers.services.exporting import expire, work
from mdm.errors import Gone
from mdm.run_control import carry_out
from mdm.runs import JobRun, RunState
from mdm.storage.models import StoredObject
from security.access.actor import staff_actor
from security.audit.sealing import Sealer
from security.models import Grant, OperationLog, User
from tests.factories.customers import another, bank, person, stored
from tests.factories.security import NOW, branch, client_system, member_of_staff
from tests.security.audit.conftest import sealer, store  # noqa: F401 (fixtures)
from tests.security.audit.logs import seal_all
from tests.support.api import Api, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/customers/customer/"


@pytest.fixture
def people() -> tuple[str, str]:
    """The numbers of a customer of 1100, and of one of 1200."""
    bank()
    mine = stored(person())
    other = another(person(), source_key="P-2")
    other.facets["customer"][0]["org"] = "1200"
    return customer_no(mine), customer_no(stored(other))


@pytest.fixture
def manager(people: tuple[str, str]) -> User:
    return member_of_staff("manager", "branch_manager", org=branch("1100"))


def made(own: Sealer) -> JobRun:
    """The newest export of a list, made by a worker."""
    run = JobRun.objects.filter(job="export_customers").latest("pk")
    with database_role("engine"):
        seal_all(own)
        carry_out(run.pk, partial(work, at=timezone.now(), own=own))
    run.refresh_from_db()
    return run


def rows_of(package: bytes) -> list[dict[str, str]]:
    with ZipFile(io.BytesIO(package)) as held:
        return list(csv.DictReader(io.StringIO(held.read("rows.csv").decode())))


def test_a_filtered_list_is_saved_opened_renamed_and_deleted(manager: User, people: tuple[str, str]) -> None:
    screens = Screens(manager)
    listed = screens.get(LIST, party_type="PERSON")
    assert 'href="/views/new/customers/?party_type=PERSON"' in listed.html
    assert "/views/new/" not in screens.get(LIST).html

    assert screens.post("/views/new/customers/?party_type=PERSON", name="13912345670").status == 422
    saved = screens.post("/views/new/customers/?party_type=PERSON", name="Persons", shared="on")
    assert saved.location == f"{LIST}?party_type=PERSON"
    view = SavedView.objects.get()
    opened = screens.get(saved.location)
    assert f'href="/views/{view.pk}/"' in opened.html
    assert people[0] in opened.text

    colleague = Screens(member_of_staff("teller", "teller", org=branch("1100")))
    seen = colleague.get(LIST)
    assert "Persons manager" in seen.text
    assert f"/views/{view.pk}/" not in seen.html
    assert colleague.post(f"/views/{view.pk}/", name="Mine now", version="1").status == 403

    assert screens.post(f"/views/{view.pk}/", name="People", version="7").status == 422
    assert screens.post(f"/views/{view.pk}/", name="People", version="1").location == saved.location
    assert "Persons" not in colleague.get(LIST).text
    assert screens.post(f"/views/{view.pk}/", delete="yes", version="2").location == LIST
    assert screens.get(f"/views/{view.pk}/").status == 404


def test_a_list_is_exported_masked_in_scope_marked_and_not_for_good(
    manager: User,
    people: tuple[str, str],
    sealer: Sealer,  # noqa: F811
) -> None:
    screens = Screens(manager)
    assert "/list-exports/new/customers/?party_type=PERSON" in screens.get(LIST, party_type="PERSON").html
    asked = screens.post(
        "/list-exports/new/customers/?party_type=PERSON", format="csv", reason="campaign check"
    )
    run = made(sealer)
    assert asked.location == f"/list-exports/{run.pk}/"
    assert str(run.pk) in screens.get("/list-exports/").text
    assert f"#{run.pk}" not in screens.get("/list-exports/", after="1").text

    screens.prove(timezone.now() - timedelta(hours=1))
    assert screens.post(f"/list-exports/{run.pk}/").location.startswith("/prove/")
    screens.prove(timezone.now())
    package = b"".join(screens.client.post(asked.location).streaming_content)  # type: ignore[attr-defined]
    rows = rows_of(package)
    assert [row["customer_no"] for row in rows] == [people[0]]
    assert "欧阳知远" not in str(rows)
    assert "11010519491231002X" not in str(rows)
    assert rows[0]["exported_by"].startswith(f"manager #{run.pk} ")
    with ZipFile(io.BytesIO(package)) as held:
        manifest = json.loads(held.read("manifest.json"))
    assert (manifest["asked_by"], manifest["reason"]) == ("manager", "campaign check")
    shown = OperationLog.objects.get(action="customer.shown", fields__by="customer.export_list")
    assert shown.request_id == run.request_id
    assert OperationLog.objects.filter(action="customer.export_read").count() == 1

    late = timezone.now() + timedelta(days=8)
    with pytest.raises(Gone) as over:
        exporting.read(staff_actor(manager, NOW), run.pk, at=late, kind=exporting.LISTS)
    assert over.value.code == "export.expired"
    with database_role("engine"):
        assert (expire(timezone.now()), expire(late), expire(late)) == (0, 1, 0)
    assert StoredObject.objects.get(run_id=run.pk).destroyed_at == late


def test_rights_are_those_of_the_moment_it_is_made(
    manager: User,
    sealer: Sealer,  # noqa: F811
) -> None:
    Screens(manager).post("/list-exports/new/customers/", format="csv", reason="campaign check")
    with database_role("owner"):
        Grant.objects.filter(user=manager).delete()
    with pytest.raises(Exception, match=r"customer\.export"):
        made(sealer)
    assert JobRun.objects.get(job="export_customers").state == RunState.FAILED


def test_over_rest_a_view_is_saved_changed_and_exported(
    people: tuple[str, str],
    sealer: Sealer,  # noqa: F811
) -> None:
    api: Api = proved(client_system("desk", org=branch("1100"), roles=("branch_manager",))[0])
    told = {"list": "customers", "name": "Persons", "filters": {"party_type": "PERSON"}}
    saved = api.post("saved-views", told)
    assert (saved.status, saved.body["query"], saved.body["own"]) == (201, "party_type=PERSON", True)
    number = saved.body["id"]
    assert api.post("saved-views", told).code == "view.exists"
    assert api.post("saved-views", {**told, "name": "a@b.example.com"}).code == "view.sensitive"
    assert [one["id"] for one in api.get("saved-views?list=customers").body["items"]] == [number]

    changed = api.patch(f"saved-views/{number}", {"name": "All persons"}, version=1)
    assert (changed.status, changed.body["name"], changed.body["version"]) == (200, "All persons", 2)
    assert api.get(f"saved-views/{number}").headers["ETag"] == changed.headers["ETag"]
    ordered = api.post("customer-exports", {"view": number, "change_reason": "campaign"})
    assert (ordered.status, ordered.body["filters"]) == (202, {"party_type": "PERSON"})
    run = made(sealer)
    assert api.get(f"customer-exports/{run.pk}").body["rows"] == 1
    package = api.get(f"customer-exports/{run.pk}/content", Accept="application/zip")
    assert [row["customer_no"] for row in rows_of(package.raw)] == [people[0]]
    assert api.get(f"log-exports/{run.pk}").status == 403
    assert [one["id"] for one in api.get("customer-exports").body["items"]] == [run.pk]

    assert api.post(f"saved-views/{number}:delete", {}, If_Match='"v2"').status == 200
    assert api.get(f"saved-views/{number}").code == "view.unknown"
