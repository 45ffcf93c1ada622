"""Files that people and systems deliver: they wait sealed, are loaded once as who delivered them, or are destroyed;
protected customers are out of their reach."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from batch.services.delivering import deliver
from batch.services.loading import load_file, loader, run_load, submit
from customers.rules.number import customer_no
from customers.services.marks import mark
from mdm.bulk.models import SourceRecord
from mdm.errors import Duplicate, NotAllowed
from mdm.runs import JobRun
from mdm.storage.models import StoredObject
from security.access.actor import Actor
from security.approvals import ageing, deciding, requests
from security.approvals.gate import ApprovalNeeded
from security.approvals.models import ChangeRequest
from tests.factories.approvals import supervisor, unasked
from tests.factories.customers import DAY, person, store, the_row
from tests.factories.facet_files import facet_file, row
from tests.factories.security import NOW, branch, everything, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
LATER = NOW + timedelta(hours=1)
NEW = "欧阳致远"


@pytest.fixture
def operator() -> Actor:
    store([person()])
    return staff("zheng", "operator", org=branch("1000"))


def owner_of_key(key: str) -> int:
    return SourceRecord.objects.get(source_key=key).customer_id


def names(folder: Path, *lines: dict[str, str]) -> Path:
    """A file that changes the legal name of the customer P-1."""
    told = lines or (row("change", slot="LEGAL", kind="LEGAL", full_name=NEW),)
    return facet_file(folder / "names.csv", "customer_name", *told)


def ask(actor: Actor, path: Path, layout: str = "customer_name") -> ChangeRequest:
    done = deliver(actor, path, layout, mode=None, business_date=DAY, at=NOW)
    assert done.request is not None
    return done.request


def kept(request: ChangeRequest) -> StoredObject:
    return StoredObject.objects.get(name=request.arguments.open()["object"])


def legal_name() -> str:
    return str(the_row("customer_name", owner_of_key("P-1"), "LEGAL").full_name.open())


def test_one_row_of_names_waits_sealed_and_is_loaded_once_as_its_maker(
    operator: Actor, tmp_path: Path
) -> None:
    path = names(tmp_path)
    with pytest.raises(ApprovalNeeded):
        submit(operator, path, "customer_name", mode=None, business_date=DAY, at=NOW)
    before = legal_name()

    request = ask(operator, path)
    assert (JobRun.objects.count(), legal_name(), request.checkers) == (0, before, 1)
    with default_storage.open(kept(request).name) as stored:
        assert NEW.encode() not in stored.read()
    with pytest.raises(Duplicate, match=r"approval\.open"):
        ask(operator, path)
    with pytest.raises(NotAllowed, match=r"approval\.(self|right)"):
        deciding.approve(operator, request.pk, request.version, reason="mine", at=LATER)

    done = deciding.approve(supervisor(LATER), request.pk, request.version, reason="seen", at=LATER)
    run = JobRun.objects.get()
    assert (run.started_by, run.request_id, kept(request).run_id) == ("zheng", request.number, run.pk)
    with pytest.raises(Duplicate, match=r"approval\.state"):
        deciding.approve(supervisor(LATER), request.pk, done.version, reason="again", at=LATER)
    run_load(run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts["updated"], legal_name(), JobRun.objects.count()) == (
        "SUCCEEDED",
        1,
        NEW,
        1,
    )


@pytest.mark.parametrize("ending", ["reject", "withdraw", "expire"])
def test_a_file_that_is_not_to_be_loaded_is_destroyed(
    operator: Actor, tmp_path: Path, ending: str, django_capture_on_commit_callbacks: Any
) -> None:
    request = ask(operator, names(tmp_path))
    with django_capture_on_commit_callbacks(execute=True):
        if ending == "reject":
            deciding.reject(supervisor(LATER), request.pk, request.version, reason="not ours", at=LATER)
        elif ending == "withdraw":
            requests.withdraw(operator, request.pk, request.version, reason="mistaken", at=LATER)
        else:
            ageing.age(everything("clock"), at=request.expires_at)
    gone = kept(request)
    assert (gone.object_key, JobRun.objects.count()) == (None, 0)
    assert gone.destroyed_at is not None
    assert not default_storage.exists(gone.name)


@pytest.mark.parametrize(
    ("layout", "lines"),
    [
        ("credential", [row("change", slot="P01", type="P01", issuing_authority="x")]),
        ("restriction", [row("end", slot="COURT")]),
        ("customer_event", [row(slot=f"V-{at}", kind="VISIT", happened_on="20260302") for at in range(1000)]),
    ],
)
def test_what_takes_two_on_screen_and_what_is_much_waits(
    operator: Actor, tmp_path: Path, layout: str, lines: list[dict[str, str]]
) -> None:
    request = ask(operator, facet_file(tmp_path / "file.csv", layout, *lines), layout)
    assert (request.operation, request.levels) == ("load.run", ["approval.load", "approval.escalated"])


def test_few_rows_of_what_goes_alone_on_screen_go_alone(operator: Actor, tmp_path: Path) -> None:
    path = facet_file(
        tmp_path / "e.csv", "customer_event", row(slot="V-1", kind="VISIT", happened_on="20260302")
    )
    done = deliver(operator, path, "customer_event", mode=None, business_date=DAY, at=NOW)
    assert (done.request, done.result.state) == (None, "WAITING")


def test_protected_customers_are_out_of_reach_of_people_but_not_of_the_banks_own_loads(
    operator: Actor, tmp_path: Path
) -> None:
    number = customer_no(owner_of_key("P-1"))
    mark(everything(), number, "PROTECTED", "VIP", reason="well known", at=NOW)
    unasked("load.run")
    before, path = legal_name(), names(tmp_path)

    run = submit(operator, path, "customer_name", mode=None, business_date=DAY, at=NOW)
    run_load(run.pk)
    run.refresh_from_db()
    assert (run.counts["rejected"], legal_name()) == (1, before)

    load_file(loader(), path, "customer_name", business_date=DAY + timedelta(days=1), at=NOW)
    assert legal_name() == NEW
