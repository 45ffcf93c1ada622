"""Before sign-in nobody makes the server read much: large bodies are refused by what they announce."""

import pytest

from mdm.backoffice.uploads import STRANGERS_LIMIT
from tests.factories.security import branch, member_of_staff
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
LARGE = "x" * (STRANGERS_LIMIT + 1)


@pytest.mark.parametrize("address", ["/login/", "/unseal/", "/language/", "/load/", "/nowhere/"])
def test_a_stranger_sends_no_large_body(address: str) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"):
        assert Screens().client.post(address, LARGE, content_type=kind).status_code == 413
    announced = Screens().client.post(address, "x", content_type="text/plain", CONTENT_LENGTH="many")
    assert announced.status_code == 413


def test_a_small_form_and_somebody_who_signed_in_are_read() -> None:
    assert Screens().post("/login/", username="x", password="y" * 1000).status == 200
    signed_in = Screens(member_of_staff("teller", "teller", org=branch("1000")))
    assert signed_in.client.post("/search/", {"term": LARGE}).status_code != 413
