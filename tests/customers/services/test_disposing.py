"""Documents go when their time is over, not a day before, not while they are held; and then for good."""

from dataclasses import replace as but
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.core.files.storage import default_storage

from consolidation.selectors.consistency import check
from customers.models import Customer, Document
from customers.rules.document import CLASSES, keeping_of, kept_until
from customers.rules.number import customer_no
from customers.selectors import documents as reading
from customers.services import documents, erasing, facets
from customers.services.disposing import JOB, dispose
from customers.services.documents import Told, Upload, upload
from customers.services.erasing import eraser, order
from mdm.codes import get as code_list
from mdm.errors import Duplicate, Gone, Invalid, NotAllowed
from mdm.jobs import rights_of
from mdm.run_control import carry_out
from mdm.storage.models import StoredObject
from mdm.storage.objects import open_object
from security.access.actor import Actor, system_actor
from security.approvals import deciding
from security.approvals.gate import ApprovalNeeded
from security.models import OperationLog
from tests.factories import documents as made
from tests.factories.approvals import keeper
from tests.factories.customers import bank, person, rows_of, stored
from tests.factories.security import branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("objects")]
AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
CLOSED = date(2015, 1, 31)


@pytest.fixture
def customer() -> int:
    """Somebody who left in January 2015, whose data nothing holds."""
    bank()
    gone = person(agreement=[], restriction=[])
    gone.facets["customer"][0] |= {"lifecycle_status": "CLOSED", "valid_to": CLOSED}
    return stored(gone)


@pytest.fixture
def teller(customer: int) -> Actor:
    return staff("teller", "teller", org=branch("1100"))


def added(actor: Actor, customer: int, kind: str = "ID_FRONT", data: bytes | None = None) -> Document:
    told = Told(kind)
    return upload(actor, customer_no(customer), told, Upload(data or made.jpeg(kind)), reason="scan", at=AT)


def worker() -> Actor:
    return system_actor("jobs", rights_of("dispose_documents"), channel="BATCH")


def disposed(day: date) -> dict[str, int]:
    with database_role("engine"):
        run = dispose(worker(), day, AT)
    assert run.state == "SUCCEEDED"
    return dict(run.counts)


def left(customer: int) -> set[str]:
    """The kinds of documents whose content is there."""
    return {row.kind for row in rows_of("document", customer) if row.disposed_on is None}


# -- when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "document", "relation", "until"),
    [
        ("ID_FRONT", None, None, None),
        ("ID_FRONT", date(2020, 1, 1), None, None),
        ("ID_FRONT", date(2020, 1, 1), date(2024, 2, 29), date(2034, 3, 1)),
        ("AGREEMENT", None, date(2024, 6, 1), date(2054, 6, 1)),
        ("CONSENT", date(2020, 1, 1), None, date(2023, 1, 1)),
        ("CONSENT", None, date(2024, 6, 1), date(2027, 6, 1)),
        ("CONSENT", None, None, None),
        ("PORTRAIT", date(2020, 1, 1), None, date(2020, 1, 1)),
    ],
)
def test_time_counts_from_the_end_of_the_relation_or_of_the_document(
    kind: str, document: date | None, relation: date | None, until: date | None
) -> None:
    assert kept_until(kind, document, relation) == until


def test_every_class_is_of_a_kind_that_there_is() -> None:
    assert set(CLASSES) <= set(code_list("document_kind"))
    assert keeping_of("NOBODY-KNOWS") == keeping_of("ID_FRONT")


# -- disposal --------------------------------------------------------------------------------------


def test_nothing_goes_a_day_before_its_time_and_then_it_goes_for_good(customer: int, teller: Actor) -> None:
    row, agreement = added(teller, customer), added(teller, customer, "AGREEMENT")
    stored_as = StoredObject.objects.get(pk=row.object_id)

    assert disposed(date(2025, 1, 30)) == {"documents": 0, "objects": 0}
    assert disposed(date(2025, 1, 31)) == {"documents": 1, "objects": 1}

    assert left(customer) == {"AGREEMENT"}
    assert not default_storage.exists(stored_as.name)
    with database_role("engine"):
        gone = StoredObject.objects.get(pk=stored_as.pk)
        assert gone.destroyed_at == AT
        assert gone.object_key is None
        assert gone.sm3, "what it was stays provable"
        log = OperationLog.objects.filter(action="document.dispose", object_id=row.pk).get()
        assert (log.actor, log.reason) == ("system:jobs", "time of retention is over")
    with pytest.raises(Gone, match=r"document\.disposed"):
        reading.preview(teller, customer_no(customer), row.pk, at=AT)
    with pytest.raises(Gone, match=r"object\.destroyed"):
        open_object(stored_as.name)
    assert reading.preview(teller, customer_no(customer), agreement.pk, at=AT)
    assert disposed(date(2025, 1, 31)) == {"documents": 0, "objects": 0}
    with database_role("engine"):
        assert [
            p for p in check(everything())[1] if p.code.startswith(("document.", "object.", "history.doc"))
        ] == []


def test_content_that_another_document_needs_stays(customer: int, teller: Actor) -> None:
    data = made.jpeg("SHARED")
    first, second = added(teller, customer, data=data), added(teller, customer, "AGREEMENT", data)
    assert first.object_id == second.object_id

    assert disposed(date(2025, 1, 31)) == {"documents": 1, "objects": 0}
    assert reading.preview(teller, customer_no(customer), second.pk, at=AT)


def test_every_edition_goes(customer: int, teller: Actor) -> None:
    row = added(teller, customer)
    number = customer_no(customer)
    documents.replace(teller, number, row.pk, 1, Upload(made.pdf()), reason="again", at=AT)
    assert disposed(date(2025, 2, 1)) == {"documents": 1, "objects": 2}
    assert [e.destroyed for e in reading.editions(teller, number, row.pk, at=AT)] == [True, True]


def test_what_is_held_stays_until_it_is_released(customer: int, teller: Actor) -> None:
    officer, number = staff("officer", "compliance", org=branch("1100")), customer_no(customer)
    row = added(teller, customer)
    held = documents.hold(officer, number, row.pk, row.version, reason="the court asks", at=AT)
    with pytest.raises(Duplicate, match=r"document\.held"):
        documents.hold(officer, number, row.pk, held.version, reason="the court asks", at=AT)

    assert disposed(date(2040, 1, 1)) == {"documents": 0, "objects": 0}
    with pytest.raises(ApprovalNeeded):
        documents.release(officer, number, row.pk, held.version, reason="the case is over", at=AT)
    told = (officer, number, row.pk, held.version)
    request = documents.ask_release(*told, reason="the case is over", at=AT).request
    assert request is not None
    with pytest.raises(NotAllowed, match=r"approval\.self"):
        deciding.approve(officer, request.pk, request.version, reason="mine", at=AT)
    assert disposed(date(2040, 1, 1)) == {"documents": 0, "objects": 0}
    deciding.approve(keeper(AT), request.pk, request.version, reason="seen", at=AT)
    assert disposed(date(2040, 1, 1)) == {"documents": 1, "objects": 1}


def test_a_restriction_holds_all_documents(customer: int, teller: Actor) -> None:
    added(teller, customer)
    told = {"kind": "JUDICIAL", "extent": "ALL", "begun_on": date(2014, 1, 1)}
    with database_role("engine"):
        facets.add(everything(), customer_no(customer), "restriction", told, reason="court", at=AT)
    assert disposed(date(2040, 1, 1)) == {"documents": 0, "objects": 0}


def test_a_portrait_goes_when_its_purpose_is_over(teller: Actor) -> None:
    active = stored(person("P-2", restriction=[]))
    portrait, front = added(teller, active, "PORTRAIT"), added(teller, active)
    assert disposed(date(2090, 1, 1)) == {"documents": 0, "objects": 0}
    for row in (portrait, front):
        facets.end(teller, "document", row.pk, row.version, reason="not needed", at=AT)
    assert disposed(AT.date()) == {"documents": 1, "objects": 1}
    assert left(active) == {"ID_FRONT"}


def test_a_run_that_was_killed_between_rows_and_objects_is_taken_up(
    customer: int, teller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = added(teller, customer)
    with monkeypatch.context() as killed:
        killed.setattr("customers.services.disposing.destroy_object", _dies)
        with pytest.raises(KeyboardInterrupt), database_role("engine"):
            dispose(worker(), date(2026, 3, 4), AT)
    assert left(customer) == set()
    assert default_storage.exists(StoredObject.objects.get(pk=row.object_id).name)

    with database_role("engine"):
        from mdm.runs import JobRun

        JobRun.objects.filter(job=JOB.name).update(state="WAITING", lease_until=None)
    assert disposed(date(2026, 3, 4)) == {"documents": 1, "objects": 1}
    assert not default_storage.exists(StoredObject.objects.get(pk=row.object_id).name)


def _dies(*_told: object) -> None:
    raise KeyboardInterrupt


def test_only_who_may_destroys(customer: int, teller: Actor) -> None:
    with pytest.raises(NotAllowed, match=r"access\.denied"):
        dispose(but(teller), date(2040, 1, 1), AT)


# -- erasure ---------------------------------------------------------------------------------------


def test_an_erasure_waits_for_documents_that_must_be_kept(customer: int, teller: Actor) -> None:
    added(teller, customer, "AGREEMENT")
    with pytest.raises(Invalid, match=r"erasure\.refused") as refused, database_role("engine"):
        order(eraser(), customer_no(customer), reason="time is over", at=AT + timedelta(days=3650))
    assert "erasure.document" in {error.code for error in refused.value.errors}


def test_an_erasure_waits_for_a_document_that_is_held(customer: int, teller: Actor) -> None:
    officer = staff("officer", "compliance", org=branch("1100"))
    row = added(teller, customer)
    documents.hold(officer, customer_no(customer), row.pk, row.version, reason="the court asks", at=AT)
    with pytest.raises(Invalid, match=r"erasure\.refused") as refused, database_role("engine"):
        order(eraser(), customer_no(customer), reason="time is over", at=AT + timedelta(days=3650))
    assert {error.code for error in refused.value.errors} == {"erasure.document_hold"}


def test_an_erasure_destroys_documents_with_their_keys(customer: int, teller: Actor) -> None:
    row = added(teller, customer)
    documents.replace(teller, customer_no(customer), row.pk, 1, Upload(made.pdf()), reason="again", at=AT)
    kept = list(StoredObject.objects.filter(purpose="documents"))
    copies = []
    for one in kept:
        with default_storage.open(one.name) as file:
            copies.append(file.read())
    with database_role("engine"):
        ordered = order(eraser(), customer_no(customer), reason="time is over", at=AT)
        carry_out(ordered.run_id, partial(erasing.work, eraser(), at=AT))
        assert Document.objects.count() == Document.history.count() == 0  # type: ignore[attr-defined]
        assert Customer.objects.filter(pk=customer).count() == 0
        gone = list(StoredObject.objects.filter(purpose="documents"))
    assert [one.destroyed_at for one in gone] == [AT, AT]
    assert [one.object_key for one in gone] == [None, None]
    assert [default_storage.exists(one.name) for one in gone] == [False, False]
    assert all(copy.startswith(b"PSO2") for copy in copies), "a copy of the store holds no key"
