"""One's own factors and sessions through their pages; an administrator takes the factors of who lost them."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from security.authentication.factors import code_at, secrets_of
from security.models import OperationLog, Role, Session, User
from tests.factories.security import PASSWORD, branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> User:
    user = member_of_staff("wang", "teller", org=branch("1100", branch("1000")))
    with secrets_of(user):
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


def logged(action: str) -> int:
    return OperationLog.objects.filter(action=action).count()


def test_new_recovery_codes_take_the_place_of_the_old_ones(wang: User) -> None:
    screens = Screens(wang)
    told = []
    for _turn in range(2):
        assert screens.post("/my-security/codes/renew/").status == 302
        told.append(screens.get("/my-security/codes/").text)
    assert told[0] != told[1]
    assert Authenticator.objects.filter(user=wang, type="recovery_codes").count() == 1
    assert logged("factor.codes") == 2


def test_a_factor_is_removed_and_nobody_removes_anothers(wang: User) -> None:
    other = Screens(member_of_staff("other", "teller", org=branch("1100")))
    held = Authenticator.objects.get(user=wang, type="totp")
    other.client.post(f"/my-security/factor/{held.pk}/remove/")
    assert Authenticator.objects.filter(pk=held.pk).exists()
    assert Screens(wang).post(f"/my-security/factor/{held.pk}/remove/").status == 302
    assert not Authenticator.objects.filter(user=wang).exists()
    assert logged("factor.remove") == 1


def test_a_session_of_mine_is_ended_and_none_of_anothers(wang: User) -> None:
    old, new = Screens(wang), Screens(wang)
    theirs = Screens(member_of_staff("other", "teller", org=branch("1100")))
    Session.objects.filter(user=wang).update(ended_at=None)
    old_row = Session.objects.filter(user=wang).earliest("pk")
    new.client.post(f"/my-security/session/{Session.objects.get(user__username='other').pk}/end/")
    assert Session.objects.get(user__username="other").ended_at is None
    assert theirs.get("/my-security/").status == 200
    assert new.post(f"/my-security/session/{old_row.pk}/end/").status == 302
    assert "/login/" in old.get("/my-security/").location
    assert logged("session.end") == 1


def test_an_administrator_resets_the_factors_of_who_lost_them_within_reach(wang: User) -> None:
    Role.objects.update(mfa_required=False)
    near = Screens(member_of_staff("near", "administrator", org=branch("1100")))
    far = Screens(member_of_staff("far", "administrator", org=branch("1200", branch("1000"))))
    assert far.post(f"/security/user/{wang.pk}/factors/reset/", reason="lost the telephone").status == 404
    assert near.post(f"/security/user/{wang.pk}/factors/reset/", reason="").status == 422
    assert Authenticator.objects.filter(user=wang).exists()
    theirs = Screens(wang)
    assert (
        near.post(f"/security/user/{wang.pk}/factors/reset/", reason="lost the telephone").location
        == "/security/user/"
    )
    assert not Authenticator.objects.filter(user=wang).exists()
    assert "/login/" in theirs.get("/my-security/").location
    assert OperationLog.objects.filter(action="factor.reset", reason="lost the telephone").count() == 1


def test_an_app_is_set_up_by_its_secret_and_asked_for_after_the_password() -> None:
    member_of_staff("li", "teller", org=branch("1100", branch("1000")))
    screens = Screens(User.objects.get(username="li"))
    secret = re.search(r'class="mono key">([A-Z2-7 ]+)<', screens.get("/my-security/app/").html)
    assert secret
    assert screens.post("/my-security/app/", code=code(secret[1], 0)).location == "/my-security/codes/"

    back = Screens()
    assert back.post("/login/", username="li", password=PASSWORD).location.startswith("/login/second/")
    assert back.post("/login/second/", code="000000").status == 422
    assert back.post("/login/second/", code=code(secret[1], 1)).location == "/"
    assert back.get("/my-security/").status == 200
    assert [logged("factor.add"), logged("session.begin")] == [1, 2]


def code(secret: str, ahead: int) -> str:
    """What the app shows now, or some steps of half a minute ahead."""
    return code_at(secret.replace(" ", ""), int(timezone.now().timestamp()) // 30 + ahead)
