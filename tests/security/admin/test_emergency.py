"""Emergency access through its pages: one asks, two others allow, it opens, it ends; every step in the log."""

import pytest

from security.access.actor import staff_actor
from security.models import BreakGlass, OperationLog, User
from security.services.emergency import ask
from tests.factories.security import NOW, branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
WHY = "Core system is down at the counter"


def officer(name: str) -> Screens:
    return Screens(member_of_staff(name, "key_officer", org=branch("1000")))


@pytest.fixture
def administrator() -> Screens:
    return Screens(member_of_staff("admin", "administrator", org=branch("1100", branch("1000"))))


def steps() -> list[str]:
    return list(
        OperationLog.objects.filter(action__startswith="breakglass.")
        .order_by("id")
        .values_list("action", flat=True)
    )


def test_one_asks_two_allow_and_one_ends_it(administrator: Screens) -> None:
    refused = administrator.post("/emergency/", minutes="30", reason="help")
    assert (refused.status, steps()) == (422, [])
    assert administrator.post("/emergency/", minutes="30", reason=WHY).location == "/emergency/"
    again = administrator.post("/emergency/", minutes="30", reason=WHY)
    assert again.status == 422
    asked = BreakGlass.objects.get()
    first, second = officer("first"), officer("second")
    assert WHY in first.get("/emergency/decide/").text
    first.post("/emergency/decide/", request=str(asked.pk), do="allow")
    assert first.post("/emergency/decide/", request=str(asked.pk), do="allow").status == 403
    asked.refresh_from_db()
    assert asked.state == "ASKED"
    second.post("/emergency/decide/", request=str(asked.pk), do="allow")
    asked.refresh_from_db()
    assert (asked.state, asked.minutes) == ("OPEN", 30)
    first.post("/emergency/decide/", request=str(asked.pk), do="close")
    asked.refresh_from_db()
    assert asked.state == "CLOSED"
    assert steps() == ["breakglass.ask", "breakglass.allow", "breakglass.allow", "breakglass.close"]


def test_one_refuses(administrator: Screens) -> None:
    administrator.post("/emergency/", minutes="5", reason=WHY)
    asked = BreakGlass.objects.get()
    officer("first").post("/emergency/decide/", request=str(asked.pk), do="refuse")
    assert officer("second").post("/emergency/decide/", request=str(asked.pk), do="allow").status == 409
    asked.refresh_from_db()
    assert asked.state == "REFUSED"


def test_what_was_asked_for_at_other_branches_is_not_there() -> None:
    far = member_of_staff("far", "administrator", org=branch("1200", branch("1000")))
    asked = ask(staff_actor(User.objects.get(pk=far.pk), NOW), minutes=5, reason=WHY, at=NOW)
    near = Screens(member_of_staff("near", "key_officer", org=branch("1100", branch("1000"))))
    for what in ("allow", "refuse", "close"):
        assert near.post("/emergency/decide/", request=str(asked.pk), do=what).status == 404
    for number in ("", "x", "9" * 30):
        assert near.post("/emergency/decide/", request=number, do="allow").status == 404
    asked.refresh_from_db()
    assert asked.state == "ASKED"
