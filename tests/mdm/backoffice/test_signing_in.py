"""Signing in: the language before it, one text for every failure, the lock, an account without a role."""

import pytest

from security.models import User
from tests.factories.security import PASSWORD, branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


def test_a_visitor_is_sent_to_sign_in_and_comes_back() -> None:
    member_of_staff("wang", "teller")
    screens = Screens()
    asked = screens.get("/customers/customer/")
    assert asked.location == "/login/?next=/customers/customer/"
    told = screens.post("/login/", username="wang", password=PASSWORD, next="/customers/customer/")
    assert told.location == "/customers/customer/"
    assert screens.get("/customers/customer/").status == 200


def test_a_visitor_is_not_sent_elsewhere() -> None:
    member_of_staff("wang", "teller")
    told = Screens().post("/login/", username="wang", password=PASSWORD, next="https://example.com/")
    assert told.location == "/"


def test_every_failure_reads_the_same() -> None:
    member_of_staff("wang", "teller")
    User.objects.create_user("machine", password=PASSWORD, is_staff=False, org=branch())
    User.objects.create_user("gone", password=PASSWORD, is_staff=True, is_active=False, org=branch())
    texts = {
        Screens().post("/login/", username=name, password=password).text
        for name, password in (
            ("wang", "wrong"),
            ("nobody", "wrong"),
            ("machine", PASSWORD),
            ("gone", PASSWORD),
        )
    }
    assert len(texts) == 1
    assert "User name or password is not right" in texts.pop()


def test_too_many_wrong_passwords_lock_the_account_for_a_while() -> None:
    member_of_staff("wang", "teller")
    screens = Screens()
    told = [screens.post("/login/", username="wang", password=f"wrong {n}") for n in range(6)]
    assert [answer.status for answer in told[:4]] == [200] * 4
    assert told[-1].status == 429
    assert told[-1].response.headers["Retry-After"] == "900"
    assert "after 15 minutes" in told[-1].text
    assert "wang" not in told[-1].text
    assert screens.post("/login/", username="wang", password=PASSWORD).status == 429


def test_the_language_is_switched_before_signing_in() -> None:
    screens = Screens(language="")
    assert 'lang="zh-hans"' in screens.get("/login/").html
    told = screens.post("/language/", language="en", next="/login/")
    assert told.location == "/login/"
    assert 'lang="en"' in screens.get("/login/").html


def test_the_language_of_the_profile_wins_at_sign_in_and_is_kept_by_a_switch() -> None:
    user = member_of_staff("wang", "teller")
    User.objects.filter(pk=user.pk).update(language="zh-hans")
    screens = Screens(language="en")
    screens.post("/login/", username="wang", password=PASSWORD)
    assert 'lang="zh-hans"' in screens.get("/").html
    screens.post("/language/", language="en", next="/")
    user.refresh_from_db()
    assert user.language == "en"
    assert 'lang="en"' in screens.get("/").html


@pytest.mark.parametrize("language", ["xx", "", "zh-hans'--"])
def test_an_unknown_language_changes_nothing(language: str) -> None:
    screens = Screens()
    screens.post("/language/", language=language, next="/login/")
    assert screens.client.cookies["panorama_language"].value == "en"


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_a_switch_leads_nowhere_else(target: str) -> None:
    assert Screens().post("/language/", language="en", next=target).location == "/"


def test_light_dark_and_keys_are_kept_in_the_browser() -> None:
    screens = Screens(member_of_staff("wang", "teller"))
    screens.post("/display/", theme="dark", keys="off", next="/")
    seen = screens.get("/")
    assert 'data-theme="dark"' in seen.html
    assert 'data-keys="off"' in seen.html
    screens.post("/display/", theme="pink", keys="maybe", next="/")
    assert 'data-theme="dark"' in screens.get("/").html


def test_somebody_without_a_role_is_told_so() -> None:
    seen = Screens(member_of_staff("newcomer")).get("/")
    assert seen.status == 200
    assert "no role has been given to you" in seen.text


def test_signing_out_and_changing_the_password() -> None:
    user = member_of_staff("wang", "teller")
    screens = Screens(user)
    form = {
        "old_password": PASSWORD,
        "new_password1": "a longer new one",
        "new_password2": "a longer new one",
    }
    assert "The new password holds" in screens.post("/password_change/", follow=True, **form).text
    assert "Signed out" in screens.post("/logout/").text
    assert screens.get("/").location.startswith("/login/")


def test_switches_take_only_posts() -> None:
    assert Screens().get("/language/").status == 405
    assert Screens().get("/display/").status == 405
