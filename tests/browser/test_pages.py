"""Every page for every role: accessible and fitting, light and dark, at every width, nothing blocked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.rules.number import customer_id
from mdm.runs import JobRun, RunState
from security.models import Organisation
from tests.browser.window import Window
from tests.factories.customers import rows_of
from tests.factories.security import branch

pytestmark = pytest.mark.browser

TELLER = (
    "/",
    "/search/",
    "/customers/customer/",
    "/credentials/credential/",
    "/customers/phone/",
    "/onboarding/",
    "/customers/address/add/",
    "/password_change/",
    "/my-security/",
    "/my-security/app/",
    "/my-security/passkey/",
    "/prove/",
    "/nothing/",
)
OPERATOR = ("/", "/mdm/jobrun/", "/load/")
AUDITOR = ("/security/operationlog/", "/consolidation/reviewcase/", "/customers/customername/")
ADMINISTRATOR = (
    "/security/user/",
    "/security/user/add/",
    "/security/grant/",
    "/security/grant/add/",
    "/security/role/",
    "/security/organisation/",
    "/security/session/",
    "/security/guesscounter/",
)
KEY_OFFICER = ("/keys/",)
ROLES = {
    "teller": TELLER,
    "key_officer": KEY_OFFICER,
    "operator": OPERATOR,
    "auditor": AUDITOR,
    "administrator": ADMINISTRATOR,
}
WIDTHS = (1440, 1024, 720, 390, 320)  # 720 is 1440 at 200 %
LANGUAGES = [{"language": "zh-hans"}, {"language": "en"}]


def assert_sound(window: Window, address: str) -> None:
    """The page has no fault axe can see, in light and in dark, and fits at every width."""
    window.go(address)
    window.assert_accessible()
    window.page.emulate_media(color_scheme="dark")
    window.assert_accessible(contrast_only=True)
    window.page.emulate_media(color_scheme="light")
    for width in WIDTHS:
        window.page.set_viewport_size({"width": width, "height": 900})
        window.assert_fits()
    window.page.set_viewport_size({"width": WIDTHS[0], "height": 900})


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("window", LANGUAGES, indirect=True, ids=["zh", "en"])
def test_pages_are_accessible_and_fit(window: Window, role: str) -> None:
    window.sign_in(role)
    for address in ROLES[role]:
        assert_sound(window, address)


@pytest.mark.parametrize("window", LANGUAGES, indirect=True, ids=["zh", "en"])
def test_pages_of_a_customer_are_accessible_and_fit(window: Window, bank: dict[str, str]) -> None:
    phone = rows_of("phone", customer_id(bank["number"]) or 0)[0]
    window.sign_in("teller")
    for address in (
        f"/customer/{bank['firm']}/",
        f"/customer/{bank['number']}/",
        f"/customer/{bank['number']}/history/",
        f"/customers/phone/{phone.pk}/change/",
        f"/customers/phone/{phone.pk}/history/",
    ):
        assert_sound(window, address)


def test_the_details_of_a_row_open_over_the_page(window: Window, bank: dict[str, str]) -> None:
    window.sign_in("teller")
    window.go(f"/customer/{bank['number']}/")
    window.page.click("[popovertarget] >> nth=1")
    window.page.wait_for_selector(".more:popover-open")
    window.assert_accessible()
    window.press("Escape")
    assert window.page.locator(".more:popover-open").count() == 0


def test_a_wrong_form_moves_the_focus_to_what_is_wrong(window: Window) -> None:
    window.sign_in("teller")
    window.go("/onboarding/")
    window.page.click("button.primary")
    window.page.wait_for_selector("[role=alert]")
    assert window.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    window.assert_accessible()
    window.page.click('a[href="#id_name"]')
    window.page.keyboard.type("司马青")
    assert window.page.input_value("#id_name") == "司马青"


def test_a_form_is_sent_once(window: Window) -> None:
    window.sign_in("teller")
    sent: list[str] = []
    window.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    window.page.fill("#home-find", "欧阳知远")
    window.page.evaluate(
        """() => { const button = document.querySelector(".hero button"); button.click(); button.click(); }"""
    )
    window.page.wait_for_url("**/search/*/")
    assert len(sent) == 1


def test_a_run_is_followed_to_its_end(window: Window) -> None:
    now = timezone.now()
    run = JobRun.objects.create(
        job="load_file",
        state=RunState.RUNNING,
        created_at=now,
        started_at=now - timedelta(seconds=5),
        started_by="operator",
        org_path=Organisation.objects.get(parent=None).path,
        total=1000,
        done=100,
    )
    window.sign_in("operator")
    window.go(f"/run/{run.pk}/")
    assert "10 %" in window.page.inner_text("#progress")
    window.assert_accessible()
    JobRun.objects.filter(pk=run.pk).update(done=600)
    window.page.wait_for_selector("#progress >> text=60 %")
    assert window.page.inner_text("#said") == "60 %"
    JobRun.objects.filter(pk=run.pk).update(
        done=1000,
        state=RunState.SUCCEEDED,
        finished_at=timezone.now(),
        counts={"rows": 1000, "created": 1000},
    )
    window.page.wait_for_selector("#progress .tag.ok")
    assert window.page.locator("[hx-get]").count() == 0
    window.assert_accessible()


def test_a_branch_is_suggested_while_one_types(window: Window) -> None:
    assert branch("1111").code == "1111"
    window.sign_in("administrator")
    window.go("/security/user/add/")
    with window.page.expect_response("**/lookup/branches/**"):
        window.page.locator("#id_org").press_sequentially("111")
    window.page.wait_for_selector("#branches option[value='1111']", state="attached")


@pytest.mark.parametrize(
    "window", [{"language": "zh-hans"}, {"language": "en", "scheme": "dark"}], indirect=True
)
def test_the_locked_page_is_accessible(window: Window) -> None:
    window.go("/login/")
    for turn in range(6):
        window.page.fill("#id_username", "teller")
        window.page.fill("#id_password", f"wrong {turn}")
        window.page.click("button.primary")
        window.page.wait_for_load_state()
        window.assert_accessible()
        if window.page.locator("#id_username").count() == 0:
            break
    assert "429" in window.page.inner_text("main")


def test_a_page_prints_without_the_frame(window: Window, bank: dict[str, str]) -> None:
    window.sign_in("teller")
    window.go(f"/customer/{bank['number']}/")
    window.page.emulate_media(media="print")
    assert not window.page.locator(".bar").is_visible()
    assert not window.page.locator(".nav").is_visible()
    assert window.page.locator("#contact").is_visible()
