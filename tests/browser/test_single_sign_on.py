"""Single sign-on against a real OpenID Connect provider in a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as live

from mdm.conf import Conf, conf
from security.authentication import single_sign_on
from security.authentication.factors import secrets_of
from security.models import OperationLog, Session, User
from tests.browser.window import Window
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, PASSWORD, Provider, provider

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(live_server: Any, tmp_path_factory: Any) -> Iterator[Provider]:
    """The provider; its accounts last for all tests."""
    folder: Path = tmp_path_factory.mktemp("provider")
    with provider(folder, f"{live_server.url}/login/bank/callback/") as found:
        yield found


@pytest.fixture
def sso(window: Window, running: Provider, settings: Any) -> Provider:
    """Our sign-in page offers the provider, as PANORAMA_OIDC_… would have it."""
    told = {
        "PANORAMA_OIDC_NAME": "Bank ID",
        "PANORAMA_OIDC_ISSUER": running.address,
        "PANORAMA_OIDC_CLIENT_ID": CLIENT_ID,
        "PANORAMA_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    asked = Conf({**conf.environ, **told}, conf.var)
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": single_sign_on.provider(asked)}
    directives = live.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    sent_to = single_sign_on.form_targets(asked)
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, "form-action": sent_to}}
    return running


def sign_in_there(window: Window, name: str, target: str = "") -> None:
    window.go(f"/login/?next={target}" if target else "/login/")
    window.page.click("text=Sign in with Bank ID")
    window.page.wait_for_selector("#id_login")
    window.page.fill("#id_login", name)
    window.page.fill("#id_password", PASSWORD)
    window.page.keyboard.press("Enter")


def test_the_provider_names_one_of_our_accounts(window: Window, sso: Provider) -> None:
    sign_in_there(window, "teller", "/customers/customer/")
    window.page.wait_for_url(f"{window.base}/customers/customer/")
    row = Session.objects.get(ended_at=None, user__username="teller")
    assert row.method == "socialaccount"
    linked = SocialAccount.objects.get(user__username="teller")
    assert linked.extra_data == {}
    assert OperationLog.objects.filter(action="session.begin", actor="teller", result="ok").exists()
    cookie = next(c for c in window.context.cookies(window.base) if c["name"] == "sessionid")
    assert cookie["sameSite"] == "Strict"


def test_an_account_that_we_do_not_have_is_not_made(window: Window, sso: Provider) -> None:
    before = User.objects.count()
    sign_in_there(window, "stranger")
    window.page.wait_for_url(f"{window.base}/login/")
    assert "could not be signed in" in window.page.inner_text("main")
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_a_closed_account_stays_closed(window: Window, sso: Provider) -> None:
    User.objects.filter(username="teller").update(is_active=False)
    sign_in_there(window, "teller")
    window.page.wait_for_url(f"{window.base}/login/")
    assert not Session.objects.filter(user__username="teller").exists()


def test_the_second_factor_is_asked_for_all_the_same(window: Window, sso: Provider) -> None:
    user = User.objects.get(username="teller")
    with secrets_of(user):
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert Authenticator.objects.filter(user=user).exists()
    sign_in_there(window, "teller")
    window.page.wait_for_url(f"{window.base}/login/second/")


@pytest.mark.parametrize("query", ["?code=forged&state=forged", "?error=access_denied&state=x", "?code=x"])
def test_a_forged_answer_leads_back(window: Window, sso: Provider, query: str) -> None:
    window.go(f"/login/bank/callback/{query}")
    window.page.wait_for_url(f"{window.base}/login/")
    assert "could not be signed in" in window.page.inner_text("main")
