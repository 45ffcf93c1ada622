"""A name is changed by two people at two screens, by keys alone, in both languages; and two customers are merged so."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.keyboard import chosen, kept, typed
from tests.browser.window import Window
from tests.factories.customers import the_row
from tests.factories.security import branch, member_of_staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.browser
WORDS = {
    "en": {"needs": "needs approval", "waits": "waits for the approval", "done": "You have approved"},
    "zh-hans": {"needs": "需要审批", "waits": "等待另一人审批", "done": "您已批准该申请"},
}


def two(browser: Browser, base: str, **shown: Any) -> tuple[Window, Window]:
    """The windows of the teller and of the branch manager."""
    member_of_staff("manager", "branch_manager", org=branch("1100"))
    windows = Window.open(browser, base, shown), Window.open(browser, base, shown)
    for window, name in zip(windows, ("teller", "manager"), strict=True):
        window.sign_in(name)
    return windows


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_name_is_changed_by_two(
    browser: Browser, live_server: Any, bank: dict[str, str], language: str
) -> None:
    from customers.rules.number import customer_id

    own = customer_id(bank["number"])
    assert own is not None
    scheme = "dark" if language == "zh-hans" else "light"
    words = WORDS[language]
    teller, manager = two(browser, live_server.url, language=language, scheme=scheme)
    teller.go(f"/customers/customername/add/?customer={bank['number']}")
    assert teller.page.is_visible("[data-waits]"), "a legal name waits; another name does not"
    chosen(teller, "id_kind", "ALIAS")
    assert teller.page.is_hidden("[data-waits]")
    teller.go(f"/customers/customername/{the_row('customer_name', own).pk}/change/")
    assert words["needs"] in teller.page.inner_text("label[for=id_full_name]")
    assert teller.page.is_hidden("[data-waits]")
    typed(teller, "id_full_name", "欧阳致远")
    assert teller.page.is_visible("[data-waits]")
    assert teller.page.inner_text("[data-waiting]") in teller.page.inner_text("label[for=id_full_name]")
    typed(teller, "id_reason", "marriage")
    teller.assert_accessible()
    kept(teller, f"form-{language}")
    teller.press("Enter")
    teller.page.wait_for_url("**/approvals/*/")
    assert words["waits"] in teller.page.inner_text("#main")
    teller.assert_accessible()
    kept(teller, f"asked-{language}")

    manager.go("/")
    manager.press("Tab", "g", "a")
    manager.page.wait_for_url("**/approvals/")
    assert manager.page.inner_text(".nav .badge").startswith("1")
    manager.assert_accessible()
    manager.assert_fits()
    kept(manager, f"inbox-{language}")
    manager.press("j", "Enter")
    manager.page.wait_for_url("**/approvals/*/")
    manager.assert_accessible()
    manager.assert_fits()
    kept(manager, f"request-{language}")
    manager.press("a")
    manager.page.wait_for_selector(".note.ok")
    assert words["done"] in manager.page.inner_text(".note.ok")
    assert the_row("customer_name", own).full_name.open() == "欧阳致远"

    manager.go(f"/customer/{bank['number']}/history/")
    assert manager.page.locator("a:has-text('CR-')").count() >= 1
    kept(manager, f"history-{language}")
    manager.go("/approvals/rules/")
    manager.assert_accessible()
    kept(manager, f"rules-{language}")
    manager.go("/approvals/standing-in/")
    manager.assert_accessible()
    kept(manager, f"standing-in-{language}")
    teller.close()
    manager.close()


def test_two_customers_are_compared_by_keys(browser: Browser, live_server: Any, bank: dict[str, str]) -> None:
    from consolidation.models import Merge, ReviewCase
    from tests.factories.customers import person, store
    from tests.factories.security import NOW

    one, other = sorted(store([person("P-8"), person("P-9")]).customer_ids)
    told: dict[str, Any] = {"rule": "M11", "policy": "1", "score": 0.91, "outcome": "B", "opened_at": NOW}
    with database_role("engine"):
        evidence = [{"left": one, "right": other, "pattern": 0}]
        case = ReviewCase.objects.create(customer_id=one, other_id=other, evidence=evidence, **told)
    member_of_staff("supervisor", "steward_supervisor", org=branch("1000"))
    steward = Window.open(browser, live_server.url, {"language": "zh-hans"})
    steward.sign_in("steward")
    steward.go(f"/duplicates/{case.pk}/")
    steward.assert_accessible()
    steward.assert_fits()
    kept(steward, "compare-zh-hans")
    steward.page.fill("#id_reason", "同一证件")
    steward.page.evaluate("document.activeElement.blur()")
    steward.press("m")
    steward.page.wait_for_url("**/approvals/*/")
    address = steward.page.url

    supervisor = Window.open(browser, live_server.url, {"scheme": "dark"})
    supervisor.sign_in("supervisor")
    supervisor.page.goto(address)
    supervisor.assert_accessible()
    kept(supervisor, "merge-request-en")
    supervisor.press("a")
    supervisor.page.wait_for_selector(".note.ok")
    with database_role("engine"):
        merge = Merge.objects.get()
    supervisor.go(f"/merges/{merge.pk}/")
    supervisor.assert_accessible()
    kept(supervisor, "unmerge-en")
    steward.close()
    supervisor.close()
