"""An auditor by the keyboard: a filtered list becomes a view, a customer is watched, its history is certified."""

from typing import Any

import pytest

from customers.models import HistoryCertificate, SavedView, Subscription
from tests.browser.test_pages import assert_sound
from tests.browser.window import Window
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("objects")]


@pytest.mark.parametrize("window", [{"language": "zh-hans"}], indirect=True)
def test_a_view_a_subscription_and_a_certificate(window: Window, bank: dict[str, Any]) -> None:
    number = bank["number"]
    window.sign_in("auditor")
    window.go("/customers/customer/?party_type=PERSON")
    window.press("s")
    window.page.wait_for_url("**/views/new/customers/**")
    window.page.fill("#id_name", "个人客户")
    window.press("Enter")
    window.page.wait_for_url("**/customers/customer/?party_type=PERSON")
    assert window.page.locator(".views [aria-current]").inner_text() == "个人客户"

    window.go(f"/customer/{number}/")
    window.press("w")
    window.page.wait_for_url("**/watch/")
    assert_sound(window, f"/customer/{number}/watch/")
    window.page.locator("#main button.primary").press("Enter")
    window.page.wait_for_url(f"**/customer/{number}/")

    window.press("h")
    window.page.wait_for_url("**/history/")
    window.press("c")
    window.page.wait_for_url("**/certificates/")
    window.page.fill("#id_reason", "年度审计")
    window.press("Enter")
    window.page.wait_for_selector("#main table.rows")
    with database_role("engine"):
        made = HistoryCertificate.objects.get()
        assert SavedView.objects.get().filters == {"party_type": "PERSON"}
        assert Subscription.objects.get().customer_id == made.customer_id
    addresses = ("/customers/customer/?party_type=PERSON", "/notifications/", "/list-exports/")
    of_customer = (f"certificates/{made.pk}/", f"between/?first_known={made.issued_at:%Y-%m-%d}")
    for address in (*addresses, *(f"/customer/{number}/{one}" for one in of_customer)):
        assert_sound(window, address)
