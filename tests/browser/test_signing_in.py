"""Signing in as people do: password, authenticator app, passkey, recovery code, lock, sessions, single sign-on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from security.authentication import factors
from security.authentication.policy import policy
from security.models import OperationLog, Role, Session, User
from tests.browser.window import Window
from tests.factories.security import PASSWORD, grant

pytestmark = pytest.mark.browser


def first_step(window: Window, name: str, password: str = PASSWORD) -> None:
    window.go("/login/")
    window.page.fill("#id_username", name)
    window.page.fill("#id_password", password)
    window.page.keyboard.press("Enter")


def type_code(window: Window, code: str) -> None:
    window.page.fill("#id_code", code)
    window.page.keyboard.press("Enter")


def set_up_app(window: Window) -> str:
    """Sets up an authenticator app; returns its secret and leaves the recovery codes on the screen."""
    window.go("/my-security/app/")
    window.page.click(".steps details summary")
    secret = window.page.inner_text(".key").replace(" ", "")
    type_code(window, code_now(secret))
    window.page.wait_for_selector(".codes")
    return secret


def code_now(secret: str, ahead: int = 0) -> str:
    return factors.code_at(secret, int(timezone.now().timestamp()) // 30 + ahead)


def leave(window: Window) -> None:
    window.context.clear_cookies(name="sessionid")


def log() -> list[tuple[str, str]]:
    return list(OperationLog.objects.order_by("id").values_list("action", "result"))


@pytest.mark.parametrize(
    "window", [{"language": "zh-hans"}, {"language": "en"}], indirect=True, ids=["zh", "en"]
)
def test_an_app_is_set_up_and_asked_for_at_the_next_sign_in(window: Window) -> None:
    window.sign_in("teller")
    secret = set_up_app(window)
    window.assert_accessible()
    codes = window.page.locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 10
    window.page.click(".submit a.primary")
    window.page.wait_for_selector("tbody")
    window.assert_accessible()
    window.assert_fits()
    stored = str(Authenticator.objects.values_list("data", flat=True))
    assert secret not in stored
    assert all(code.replace(" ", "") not in stored for code in codes)
    leave(window)
    first_step(window, "teller")
    window.page.wait_for_url("**/login/second/")
    window.assert_accessible()
    type_code(window, "000000" if code_now(secret) != "000000" else "111111")
    window.page.wait_for_selector("[role=alert]")
    type_code(window, code_now(secret, ahead=1))
    window.page.wait_for_selector("#main .hero")
    assert ("factor.add", "ok") in log()
    assert ("session.begin", "wrong_factor") in log()
    assert Session.objects.get(ended_at=None, user__username="teller").method == "code"


def test_a_code_of_the_app_and_a_recovery_code_are_taken_once(window: Window) -> None:
    window.sign_in("teller")
    secret = set_up_app(window)
    recovery = window.page.locator(".codes li").first.inner_text()
    for code, right in ((recovery, True), (recovery, False), (code_now(secret, ahead=1), True)):
        leave(window)
        first_step(window, "teller")
        window.page.wait_for_url("**/login/second/")
        type_code(window, code)
        window.page.wait_for_selector("#main .hero" if right else "[role=alert]")
    leave(window)
    first_step(window, "teller")
    window.page.wait_for_url("**/login/second/")
    step = Authenticator.objects.get(type="totp").data["last_step"]
    type_code(window, factors.code_at(secret, step))
    window.page.wait_for_selector("[role=alert]")
    assert Authenticator.objects.get(type="recovery_codes").data["used_mask"].bit_count() == 1


@pytest.fixture
def key(window: Window) -> Iterator[Any]:
    """A virtual security key that knows its holder (Chromium's DevTools protocol, domain WebAuthn)."""
    devtools = window.context.new_cdp_session(window.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield lambda verified: devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": made["authenticatorId"], "isUserVerified": verified}
    )
    devtools.send("WebAuthn.disable")


def test_a_passkey_signs_in_without_a_password(window: Window, key: Any) -> None:
    window.sign_in("teller")
    window.go("/my-security/passkey/")
    window.assert_accessible()
    window.page.fill("#id_name", "Grey key")
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_selector(".codes")
    leave(window)
    window.go("/login/")
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_selector("#main .hero")
    assert Session.objects.get(ended_at=None, user__username="teller").method == "passkey"
    window.go("/my-security/")
    assert "Grey key" in window.page.inner_text("tbody")


def test_a_passkey_is_the_second_step_after_a_password_and_proves_afresh(window: Window, key: Any) -> None:
    window.sign_in("teller")
    window.go("/my-security/passkey/")
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_selector(".codes")
    leave(window)
    first_step(window, "teller")
    window.page.wait_for_url("**/login/second/")
    window.assert_accessible()
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_selector("#main .hero")
    make_stale(window)
    window.go("/my-security/app/")
    assert window.page.url.endswith("/prove/?next=%2Fmy-security%2Fapp%2F")
    window.assert_accessible()
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_url("**/my-security/app/")


def test_a_key_that_does_not_know_its_holder_is_refused(window: Window, key: Any) -> None:
    window.sign_in("teller")
    window.go("/my-security/passkey/")
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_selector(".codes")
    leave(window)
    key(False)
    window.go("/login/")
    window.page.click("[data-passkey-ask]")
    window.page.wait_for_selector("[data-passkey-failed]:not([hidden])")
    assert not Session.objects.filter(ended_at=None, user__isnull=False, method="passkey").exists()


def make_stale(window: Window) -> None:
    """The proof that this window gave was long ago."""
    from security.authentication.freshness import prove
    from security.authentication.sessions import SessionStore

    key = next(c["value"] for c in window.context.cookies() if c["name"] == "sessionid")
    session = SessionStore(key)
    prove(session, timezone.now() - policy.step_up)
    session.save()


def test_a_locked_account_says_how_long_and_opens_when_it_is_released(window: Window) -> None:
    for _guess in range(5):
        first_step(window, "teller", "wrong")
        window.page.wait_for_selector("[role=alert]")
    first_step(window, " TELLER ")
    window.page.wait_for_selector(".code")
    assert "15 minutes" in window.page.inner_text("main")
    window.assert_accessible()
    window.sign_in("administrator")
    window.go("/security/guesscounter/")
    window.assert_accessible()
    window.page.click("tbody a")
    window.page.fill("#id_reason", "asked by telephone")
    window.page.click("button.primary")
    window.page.wait_for_selector(".note.ok")
    leave(window)
    window.sign_in("teller")
    assert ("lock.release", "ok") in log()


def test_an_administrator_ends_a_session_and_the_other_window_says_why(window: Window, browser: Any) -> None:
    other = Window.open(browser, window.base, {"language": "en"})
    other.sign_in("teller")
    window.sign_in("administrator")
    window.go("/security/session/?f-user=teller")
    window.assert_accessible()
    window.page.click("tbody a:has-text('teller')")
    window.page.fill("#id_reason", "left the bank")
    window.page.click("button.primary")
    window.page.wait_for_selector(".note.ok")
    other.go("/")
    assert "ended from another place" in other.page.inner_text("main")
    other.assert_accessible()
    other.close()


def test_idle_and_old_sessions_end(window: Window) -> None:
    for moved, text in (
        ({"last_seen_at": timezone.now() - policy.idle}, "nothing was done"),
        ({"begun_at": timezone.now() - policy.absolute}, "longest time"),
    ):
        window.sign_in("teller")
        Session.objects.filter(user__username="teller", ended_at=None).update(**moved)
        window.go("/my-security/")
        assert "/login/" in window.page.url
        assert text in window.page.inner_text("main")


def test_a_password_that_is_too_old_is_changed_first(window: Window) -> None:
    window.sign_in("teller")
    user = User.objects.get(username="teller")
    user.sign_in.password_set_at = timezone.now() - policy.password_lifetime - timedelta(minutes=1)
    user.sign_in.save()
    window.go("/customers/customer/")
    assert window.page.url.endswith("/password_change/")
    window.assert_accessible()
    for new in (PASSWORD, "teller is my name", "short"):
        fill_passwords(window, PASSWORD, new)
        window.page.wait_for_selector("[role=alert]")
    fill_passwords(window, PASSWORD, "a better horse battery")
    window.page.wait_for_url("**/password_change/done/")
    window.go("/customers/customer/")
    assert window.page.url.endswith("/customers/customer/")


def fill_passwords(window: Window, old: str, new: str) -> None:
    window.page.fill("#id_old_password", old)
    window.page.fill("#id_new_password1", new)
    window.page.fill("#id_new_password2", new)
    window.page.click("button.primary")


def test_a_role_that_needs_a_second_factor_lets_nothing_else_be_done(window: Window) -> None:
    Role.objects.filter(code="teller").update(mfa_required=True)
    window.sign_in_to("teller", "/my-security/")
    for address in ("/", "/customers/customer/", "/search/"):
        window.go(address)
        assert window.page.url.endswith("/my-security/")
    assert "needs a second factor" in window.page.inner_text("main")
    set_up_app(window)
    window.go("/customers/customer/")
    assert window.page.url.endswith("/customers/customer/")
    window.go("/my-security/")
    window.page.click("tbody button")
    assert "set up another one first" in window.page.inner_text("main")


def test_a_newer_sign_in_ends_the_older_session(window: Window, browser: Any) -> None:
    other = Window.open(browser, window.base, {"language": "en"})
    other.sign_in("teller")
    window.sign_in("teller")
    other.go("/")
    assert "signed in at another place" in other.page.inner_text("main")
    other.close()


def test_who_holds_two_roles_is_asked_by_the_stricter_one(window: Window) -> None:
    user = User.objects.get(username="teller")
    grant(user, "auditor", user.org)
    Role.objects.filter(code="auditor").update(mfa_required=True)
    window.sign_in_to("teller", "/my-security/")
    assert window.page.url.endswith("/my-security/")


def test_two_minutes_before_the_end_the_reader_is_asked_to_stay(window: Window) -> None:
    window.page.clock.install()
    window.sign_in("teller")
    window.go("/my-security/")
    before = Session.objects.get(user__username="teller", ended_at=None)
    old = timezone.now() - policy.idle + timedelta(minutes=1)
    Session.objects.filter(pk=before.pk).update(last_seen_at=old)
    window.page.clock.fast_forward(int((policy.idle - timedelta(minutes=3)).total_seconds() * 1000))
    assert window.page.locator("#ending[open]").count() == 0
    window.page.clock.fast_forward(80_000)
    window.page.wait_for_selector("#ending[open]")
    window.assert_accessible()
    window.page.click("[data-stays]")
    window.page.wait_for_selector("#ending:not([open])", state="attached")
    before.refresh_from_db()
    assert before.last_seen_at > old
    seen = before.last_seen_at
    window.page.clock.fast_forward(int(policy.idle.total_seconds() * 1000))
    window.page.wait_for_selector("#ending:not([open])", state="attached")
    Session.objects.filter(pk=before.pk).update(last_seen_at=old - policy.idle)
    window.page.clock.fast_forward(int(policy.idle.total_seconds() * 1000) + 5000)
    window.page.wait_for_url("**/login/?next=%2Fmy-security%2F&ended=idle")
    before.refresh_from_db()
    assert before.last_seen_at < seen
