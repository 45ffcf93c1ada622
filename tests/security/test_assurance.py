"""The self-check finds what is wrong in the running system, and no good average hides it."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from mdm.errors import NotAllowed
from security.access.actor import Actor, system_actor
from security.assurance import (
    RIGHT,
    Answered,
    Finding,
    Probe,
    Verdict,
    probes,
    register,
    score,
    self_check,
)
from security.models import AuditVerification, OperationLog
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def looker() -> Actor:
    return system_actor("check", (RIGHT,))


def verdicts(actor: Actor) -> dict[str, Verdict]:
    found = self_check(actor, at=timezone.now())
    return {one.probe.name: one.finding.verdict for one in found.answers}


def test_a_sound_instance_has_nothing_bad(looker: Actor) -> None:
    bad = [name for name, verdict in verdicts(looker).items() if verdict is Verdict.BAD]

    assert bad == []
    assert len(probes()) >= 15


def test_it_needs_the_right_and_is_logged(looker: Actor) -> None:
    with pytest.raises(NotAllowed):
        self_check(system_actor("other", ()), at=timezone.now())

    told = self_check(looker, at=timezone.now())

    row = OperationLog.objects.get(action="system.self_check")
    assert (row.actor, row.fields["score"]) == ("system:check", told.score)


@pytest.mark.parametrize(
    ("change", "probe"),
    [
        ("ALTER TABLE customers_phone DISABLE ROW LEVEL SECURITY", "database.rows"),
        ("GRANT UPDATE ON security_operationlog TO {app}", "audit.append_only"),
        ("DELETE FROM django_migrations WHERE app = 'customers'", "database.schema"),
        (
            "INSERT INTO security_auditverification"
            " (at, actor, seals, checked, unsealed, checkpoints, broken, findings, seconds)"
            " VALUES (now(), 'x', 1, 1, 0, 0, 1, '[]', 0)",
            "audit.verified",
        ),
    ],
)
def test_what_is_broken_is_found(looker: Actor, change: str, probe: str) -> None:
    from mdm.conf import conf

    with database_role("owner"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(change.format(app=f'"{conf.role_name("app")}"'))
        assert verdicts(looker)[probe] is Verdict.BAD
        transaction.set_rollback(True)


def test_a_log_that_nobody_verifies_is_no_sound_log(looker: Actor) -> None:
    at, found = timezone.now(), dict.fromkeys(("seals", "checked", "unsealed", "checkpoints", "broken"), 0)
    with database_role("owner"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE security_auditverification DISABLE TRIGGER USER")
        AuditVerification.objects.all().delete()
        assert verdicts(looker)["audit.verified"] is Verdict.WARN
        AuditVerification.objects.create(at=at - timedelta(days=3), actor="x", seconds=0, **found)
        assert verdicts(looker)["audit.verified"] is Verdict.WARN
        AuditVerification.objects.create(at=at - timedelta(hours=30), actor="x", seconds=0, **found)
        assert verdicts(looker)["audit.verified"] is Verdict.OK
        transaction.set_rollback(True)


def answered(verdict: Verdict, weight: int = 1) -> Answered:
    probe = dataclasses.replace(probes()[0], weight=weight)
    return Answered(probe, Finding(verdict, ""))


def test_the_score_is_weighted_and_capped_while_anything_is_bad() -> None:
    fine = answered(Verdict.OK, 9)

    assert score((fine,)) == 100
    assert score((fine, answered(Verdict.WARN))) == 95
    assert score((answered(Verdict.OK, 99), answered(Verdict.BAD))) == 60
    assert score((answered(Verdict.OK), answered(Verdict.BAD, 9))) == 10
    assert score(()) == 0


@pytest.fixture
def breaking() -> Iterator[None]:
    def breaks(at: object) -> Finding:
        raise RuntimeError("secret detail")

    from security import assurance

    register(Probe("test.breaks", "", "", breaks))
    yield
    del assurance._probes["test.breaks"]


@pytest.mark.usefixtures("breaking")
def test_a_probe_that_breaks_is_bad_and_tells_no_detail(looker: Actor) -> None:
    found = self_check(looker, at=timezone.now())

    (told,) = [one.finding for one in found.answers if one.probe.name == "test.breaks"]
    assert told.verdict is Verdict.BAD
    assert "secret" not in str(told.text)


def test_the_page_shows_every_probe_to_those_who_may_look() -> None:
    head = branch("1000")
    seen = Screens(member_of_staff("op", "operator", org=head)).get("/self-check/")

    assert seen.status == 200
    assert [str(one.label) for one in probes() if str(one.label) not in seen.text] == []
    assert Screens(member_of_staff("till", "teller", org=head)).get("/self-check/").status == 403
