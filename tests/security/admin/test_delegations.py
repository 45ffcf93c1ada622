"""Standing in for a colleague, on its page: noted, shown to both, ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from security.approvals.models import Delegation
from security.models import OperationLog
from tests.factories.security import branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
PAGE = "/approvals/standing-in/"


def test_somebody_stands_in_until_it_is_ended() -> None:
    home = branch("1100", branch("1000"))
    manager = Screens(member_of_staff("manager", "branch_manager", org=home))
    deputy = Screens(member_of_staff("deputy", "branch_manager", org=home))
    today = timezone.localdate()
    told = {"begins_at": f"{today}", "ends_at": f"{today + timedelta(days=3)}", "reason": "leave"}

    assert manager.post(PAGE, taker="nobody", **told).status == 422
    assert manager.post(PAGE, taker="deputy", **told).location == PAGE
    found = Delegation.objects.get()
    assert (found.giver.username, found.taker.username) == ("manager", "deputy")
    assert "manager" in deputy.get(PAGE).text

    assert deputy.post(PAGE, end=str(found.pk)).location == PAGE
    found.refresh_from_db()
    assert found.ends_at <= timezone.now()
    rows = OperationLog.objects.filter(subject="delegation").order_by("pk").values_list("action", "actor")
    assert list(rows) == [("approval.delegate", "manager"), ("approval.delegation_end", "deputy")]
