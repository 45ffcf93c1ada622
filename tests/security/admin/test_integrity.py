"""The page that says whether the log is what was sealed, and the same over REST."""

import pytest
from django.utils import timezone

from mdm.tasks import verify_audit
from security.models import AuditVerification, OperationLog, User
from tests.factories.security import branch, client_system, member_of_staff
from tests.security.audit.logs import write
from tests.support.api import Api
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
ADDRESS = "/audit/integrity/"


@pytest.fixture
def auditor(objects: dict[str, str]) -> Screens:
    return Screens(member_of_staff("auditor", "auditor", org=branch("1000")))


def verified_by_a_worker(name: str) -> None:
    """What the message makes a worker do."""
    with database_role("engine"):
        verify_audit(User.objects.get(username=name).pk)


def test_verifying_is_kept_shown_and_logged(auditor: Screens) -> None:
    assert "Never verified" in auditor.get(ADDRESS).text
    assert auditor.post(ADDRESS).location == ADDRESS
    assert not AuditVerification.objects.exists(), "a page does not do it"
    verified_by_a_worker("auditor")
    kept = AuditVerification.objects.get()
    assert (kept.actor, kept.broken) == ("auditor", 0)
    assert "intact" in auditor.get(ADDRESS).text
    row = OperationLog.objects.get(action="audit.verify")
    assert (row.actor, row.object_id, row.fields["broken"]) == ("auditor", kept.pk, 0)


def test_broken_places_are_named(auditor: Screens) -> None:
    findings = [{"seal": 4, "what": "row.changed", "row": 1234}, {"seal": 5, "what": "seal.missing"}]
    AuditVerification.objects.create(
        at=timezone.now(),
        actor="system:audit",
        seals=6,
        checked=70,
        unsealed=0,
        checkpoints=6,
        broken=2,
        findings=findings,
        seconds=0.1,
    )
    shown = auditor.get(ADDRESS).text
    assert "2 broken places" in shown
    assert "The operation was changed." in shown
    assert "1,234" in shown
    assert "The seal is missing." in shown


def test_an_operation_that_waits_for_its_seal_is_an_alarm(auditor: Screens) -> None:
    write(1)  # at a time long ago
    assert "Operations wait too long for their seal" in auditor.get(ADDRESS).text


def test_looking_is_logged_and_needs_the_right(auditor: Screens) -> None:
    auditor.get(ADDRESS)
    assert OperationLog.objects.filter(action="audit.integrity_read", actor="auditor").count() == 1
    teller = Screens(member_of_staff("wang", "teller", org=branch("1100", branch("1000"))))
    assert teller.get(ADDRESS).status == 403


def test_who_may_look_may_not_verify(auditor: Screens) -> None:
    manager = Screens(member_of_staff("li", "branch_manager", org=branch("1000")))
    assert "Verify now" not in manager.get(ADDRESS).text
    assert manager.post(ADDRESS).status == 403
    assert not AuditVerification.objects.exists()


def test_the_same_over_rest(objects: dict[str, str]) -> None:
    _client, token = client_system(roles=["auditor"], org=branch("1000"))
    api = Api(token)
    told = api.post("audit-integrity:verify")
    assert (told.status, told.headers["Location"]) == (202, "/api/v1/audit-integrity")
    assert not AuditVerification.objects.exists()
    verified_by_a_worker(_client.user.username)
    stands = api.get("audit-integrity").body
    assert (stands["sealed"], stands["verifications"][0]["broken"]) == (0, 0)
    page = api.get("operations?action=audit.verify_asked&page_size=1").body
    assert [row["action"] for row in page["items"]] == ["audit.verify_asked"]
    assert page["items"][0]["channel"] == "API"


def test_the_log_over_rest_is_paged_and_filtered(objects: dict[str, str]) -> None:
    _client, token = client_system(roles=["auditor"], org=branch("1000"))
    api = Api(token)
    write(5)
    first = api.get("operations?action=try.write&page_size=2").body
    second = api.get(first["next"]).body
    ids = [row["id"] for row in (*first["items"], *second["items"])]
    assert len(set(ids)) == 4
    assert ids == sorted(ids, reverse=True)
    assert {row["customer_id"] for row in api.get("operations?customer_id=1003").body["items"]} == {1003}
    assert api.get("operations?since=2099-01-01").body["items"] == []
