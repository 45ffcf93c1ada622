"""Alarms through their pages: seen at one's branches, closed once, with a word."""

import pytest

from security.models import Alert, OperationLog
from tests.factories.security import NOW, branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


def alarm(org: str) -> Alert:
    home = branch(org, branch("1000"))
    user = member_of_staff(f"nosy-{org}", "teller", org=home)
    return Alert.objects.create(at=NOW, rule="MANY", user_id=user.pk, actor=user.username, org=home)


def test_an_alarm_is_closed_once_with_a_word() -> None:
    found = alarm("1100")
    address = f"/security/alert/{found.pk}/change/"
    officer = Screens(member_of_staff("officer", "compliance", org=branch("1100")))
    assert "nosy-1100" in officer.get("/security/alert/").text
    assert officer.post(address, finding="").status == 422
    assert officer.post(address, finding="A complaint was looked into").location == "/security/alert/"
    found.refresh_from_db()
    assert (found.closed_by, found.finding) == ("officer", "A complaint was looked into")
    assert OperationLog.objects.filter(action="alert.close", object_id=found.pk).count() == 1
    assert officer.post(address, finding="again").status == 422
    found.refresh_from_db()
    assert found.finding == "A complaint was looked into"


def test_alarms_of_other_branches_are_not_there_and_who_only_looks_closes_none() -> None:
    near, far = alarm("1100"), alarm("1200")
    officer = Screens(member_of_staff("officer", "compliance", org=branch("1100")))
    assert officer.post(f"/security/alert/{far.pk}/change/", finding="none of mine").status == 404
    auditor = Screens(member_of_staff("auditor", "auditor", org=branch("1100")))
    assert auditor.post(f"/security/alert/{near.pk}/change/", finding="only looking").status == 403
    assert not Alert.objects.exclude(closed_at=None).exists()
