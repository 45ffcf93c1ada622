"""Sensitive steps ask for fresh proof and lead back."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from mdm.errors import NotAllowed
from security.authentication import factors
from security.authentication.freshness import fresh, is_fresh, prove, require_fresh
from security.authentication.policy import policy
from tests.factories.security import PASSWORD, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def asked(screens: Screens, method: str = "GET", path: str = "/customers/", **headers: str) -> Any:
    """A request of whoever sits at the screens."""
    request: Any = RequestFactory().generic(method, path, headers=headers)
    request.user, request.session = screens.user, screens.client.session
    return request


@fresh
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in clear")


class Holder:
    @fresh(methods=("POST",), within=timedelta(minutes=1))
    def send(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("sent")


@pytest.fixture
def screens() -> Screens:
    return Screens(member_of_staff("wang", "teller"))


def test_who_has_just_signed_in_passes(screens: Screens) -> None:
    assert page(asked(screens)).content == b"in clear"


def test_old_proof_leads_to_the_page_that_asks_and_back(screens: Screens) -> None:
    screens.prove(timezone.now() - policy.step_up)
    told = page(asked(screens, path="/customers/?tab=2"))
    assert (told.status_code, told["Location"]) == (302, "/prove/?next=%2Fcustomers%2F%3Ftab%3D2")
    with pytest.raises(NotAllowed) as refused:
        require_fresh(asked(screens))
    assert refused.value.code == "auth.step_up"
    screens.get("/prove/?next=/password_change/")
    wrong = screens.post("/prove/", next="/password_change/", password="wrong")
    assert wrong.status == 422
    assert not is_fresh(asked(screens))
    right = screens.post("/prove/", next="/password_change/", password=PASSWORD)
    assert right.location == "/password_change/"
    assert is_fresh(asked(screens))


def test_a_post_comes_back_to_the_page_that_held_the_form(screens: Screens) -> None:
    screens.prove(timezone.now() - timedelta(minutes=2))
    assert Holder().send(asked(screens)).content == b"sent"
    told = Holder().send(asked(screens, "POST", Referer="http://testserver/customers/7/?a=b"))
    assert told["Location"] == "/prove/?next=%2Fcustomers%2F7%2F%3Fa%3Db"
    elsewhere = Holder().send(asked(screens, "POST", Referer="http://example.com/x"))
    assert elsewhere["Location"] == "/prove/?next=%2F"


def test_a_partial_update_sends_the_whole_page_there(screens: Screens) -> None:
    screens.prove(timezone.now() - policy.step_up)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/customers/7/"}
    told = page(asked(screens, **headers))
    assert (told.status_code, told["HX-Redirect"]) == (204, "/prove/?next=%2Fcustomers%2F7%2F")


def test_who_has_a_second_factor_proves_with_it_and_not_with_the_password(screens: Screens) -> None:
    assert screens.user is not None
    with factors.secrets_of(screens.user):
        TOTP.activate(screens.user, SECRET)
    screens.prove(timezone.now() - policy.step_up)
    assert 'name="password"' not in screens.get("/prove/").html
    assert screens.post("/prove/", password=PASSWORD).status == 422
    assert not is_fresh(asked(screens))
    code = factors.code_at(SECRET, int(timezone.now().timestamp()) // 30)
    assert screens.post("/prove/", code=code).status == 302
    assert is_fresh(asked(screens))


def test_proof_leads_nowhere_else(screens: Screens) -> None:
    told = screens.post("/prove/", next="https://example.com/", password=PASSWORD)
    assert told.location == "/"


def test_proof_of_the_future_or_of_nobody_is_none(screens: Screens) -> None:
    request = asked(screens)
    prove(request.session, timezone.now())
    request.user = type("Nobody", (), {"is_authenticated": False})()
    assert not is_fresh(request)
