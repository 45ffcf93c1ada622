"""Rules of approval: changed by two persons, carried out by a worker, never switched off."""

from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from security.access.actor import Actor
from security.approvals import deciding
from security.approvals.gate import rules_of
from security.approvals.models import ApprovalRule, ChangeRequest
from security.approvals.policy import SHIPPED, needed
from security.approvals.states import State
from security.models import OperationLog
from security.services import policy_changes
from security.services.policy_changes import apply_due, change, state_of
from tests.factories.approvals import let_in
from tests.factories.security import NOW, branch, member_of_staff, staff
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db
NAME, RULE = "row.change", "name"


def told(**other: Any) -> dict[str, Any]:
    """The rule about legal names as it is shipped, with something else."""
    return {**state_of(NAME, RULE), **other}


def ask(actor: Actor, name: str = NAME, rule: str = RULE, **other: Any) -> ChangeRequest:
    done = change(actor, name, rule, {**state_of(name, rule), **other}, reason="audit report", at=NOW)
    assert done.request is not None
    return done.request


def carried_out() -> int:
    with database_role("engine"):
        return apply_due(NOW)


@pytest.fixture
def admin() -> Actor:
    return staff("admin", "administrator", org=branch("1000"))


def test_two_persons_change_a_rule_and_the_others_stay(admin: Actor) -> None:
    before = {one.name: one for one in rules_of(NAME)}
    request = ask(admin, checkers=2, hours=8, levels=["approval.escalated"])
    assert rules_of(NAME) == list(before.values())
    let_in(request.pk, NOW)
    assert carried_out() == 1
    after = {one.name: one for one in rules_of(NAME)}
    rule = after[RULE]
    assert (rule.checkers, rule.hours, rule.days, rule.levels) == (2, 8, 30, ("approval.escalated",))
    assert (rule.when, rule.unless) == (before[RULE].when, before[RULE].unless)
    assert str(rule.label) == str(before[RULE].label)
    others = set(before) - {RULE}
    assert {name: after[name] for name in others} == {name: before[name] for name in others}
    assert carried_out() == 0
    actions = list(OperationLog.objects.filter(action__startswith="policy.").values_list("action", flat=True))
    assert sorted(actions) == ["policy.applied", "policy.change"]


def test_without_conditions_and_back(admin: Actor) -> None:
    shipped = next(one for one in rules_of(NAME) if one.name == RULE)
    for always in (True, False):
        let_in(ask(admin, always=always).pk, NOW)
        carried_out()
        found = next(one for one in rules_of(NAME) if one.name == RULE)
        assert (found.when == {}) is always
    assert (found.when, found.unless) == (shipped.when, shipped.unless)


def test_a_rule_without_conditions_does_not_take_the_decision_from_those_of_another(admin: Actor) -> None:
    """The end of a restriction takes `approval.erasure`, also where the end of anything takes approval."""
    let_in(ask(admin, "row.end", "contact", always=True).pk, NOW)
    carried_out()
    asked = needed("row.end", {"facet": "restriction"}, rules_of("row.end"))
    assert asked
    assert asked.rules == ("contact", "hold")
    assert asked.levels[0] == "approval.erasure"


def test_a_rule_that_is_shipped_later_holds_for_a_bank_that_has_changed_others(admin: Actor) -> None:
    """Of an operation only the rule that was changed is the bank's own; the others stay those of the release."""
    let_in(ask(admin, "row.add", "name", checkers=2).pk, NOW)
    carried_out()
    assert list(ApprovalRule.objects.filter(operation="row.add").values_list("name", flat=True)) == ["name"]
    confirmed = {"facet": "email", "confirms": "VERIFIED"}
    asked = needed("row.add", confirmed, rules_of("row.add"))
    assert (asked and asked.rules) == ("confirmed",)
    twice = needed("row.add", {"facet": "customer_name", "kinds": ["LEGAL"]}, rules_of("row.add"))
    assert (twice and twice.checkers) == 2, "and the bank's own form of a rule is the only one of its name"
    page = Screens(member_of_staff("second", "administrator", org=branch("1000"))).get("/approvals/rules/")
    assert "/approvals/rules/row.add/confirmed/" in page.html
    let_in(ask(admin, "row.add", "confirmed", hours=8).pk, NOW)
    carried_out()
    assert state_of("row.add", "confirmed")["hours"] == 8


def test_a_rule_that_the_operator_stored_as_inactive_stays_off_beside_others(admin: Actor) -> None:
    for rule in ("name", "confirmed"):
        let_in(ask(admin, "row.add", rule, checkers=2).pk, NOW)
        carried_out()
    with database_role("owner"):
        ApprovalRule.objects.filter(operation="row.add", name="confirmed").update(active=False)
    names = {one.name for one in rules_of("row.add")}
    assert names == {one.name for one in SHIPPED if one.operation == "row.add"} - {"confirmed"}
    with database_role("owner"):
        ApprovalRule.objects.filter(operation="row.add").update(active=False)
    assert rules_of("row.add") == [one for one in SHIPPED if one.operation == "row.add"], "never all of them"
    let_in(ask(admin, "row.add", "name", hours=8).pk, NOW)
    carried_out()
    held = {one.name for one in rules_of("row.add")}
    assert held == {one.name for one in SHIPPED if one.operation == "row.add"}, "what was in force stays so"


@pytest.mark.parametrize(
    "other",
    [
        {"checkers": 0}, {"checkers": 4}, {"checkers": None}, {"hours": 0}, {"days": 0}, {"levels": []},
        {"levels": ["customer.view"]}, {"levels": ["approval.nobody"]}, {"levels": ["approval.view"]},
        {"levels": ["approval.customer", "approval.customer"]},
    ],
)  # fmt: skip
def test_no_rule_asks_nobody(admin: Actor, other: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"policy\.value"):
        ask(admin, **other)


def test_a_rule_that_is_none_cannot_be_changed(admin: Actor) -> None:
    with pytest.raises(NotFound, match=r"policy\.unknown"):
        change(admin, NAME, "nothing", told(), reason="x", at=NOW)
    with pytest.raises(NotFound, match=r"approval\.operation"):
        change(admin, "nothing", RULE, told(), reason="x", at=NOW)


def test_a_local_administrator_and_others_ask_for_nothing() -> None:
    north = branch("1100", branch("1000"))
    for one in (staff("local", "administrator", org=north), staff("teller", "teller", org=north)):
        with pytest.raises(NotAllowed):
            change(one, NAME, RULE, told(checkers=2), reason="x", at=NOW)


def test_nobody_agrees_to_their_own_change_not_even_of_this_rule(admin: Actor) -> None:
    both = staff("both", "administrator", "key_officer")
    for name, rule in ((NAME, RULE), ("policy.change", "rules")):
        request = ask(both, name, rule, hours=1)
        with pytest.raises(NotAllowed, match=r"approval\.self"):
            deciding.approve(both, request.pk, request.version, reason="mine", at=NOW)
    assert carried_out() == 0


def test_the_second_of_two_changes_builds_on_what_is_gone(admin: Actor) -> None:
    first = ask(admin, hours=8)
    with pytest.raises(Duplicate, match=r"approval\.open"):
        ask(staff("other", "administrator"), hours=9)
    let_in(first.pk, NOW)
    second = ask(admin, checkers=2)
    carried_out()
    with pytest.raises(Stale, match=r"approval\.stale"):
        let_in(second.pk, NOW)


def test_the_web_writes_no_rule_and_a_forged_approval_is_not_carried_out(admin: Actor) -> None:
    request = ask(admin, checkers=1, hours=700)
    with pytest.raises(ProgrammingError), transaction.atomic():
        ApprovalRule.objects.create(operation=NAME, name=RULE, levels=["approval.customer"])
    with database_role("engine"):
        ChangeRequest.objects.filter(pk=request.pk).update(state=State.APPROVED)
    assert carried_out() == 0
    assert not ApprovalRule.objects.exists()


def test_the_form_leads_to_the_request_and_only_for_who_may() -> None:
    screens = Screens(member_of_staff("admin", "administrator", org=branch("1000")))
    assert f"/approvals/rules/{NAME}/{RULE}/" in screens.get("/approvals/rules/").html
    form = {
        "checkers": "2",
        "hours": "8",
        "days": "30",
        "level_1": "approval.customer",
        "level_2": "approval.escalated",
    }
    assert screens.post("/approvals/rules/row.change/name/", **form).status == 422
    assert (
        screens.post("/approvals/rules/row.change/name/", **{**form, "checkers": "0"}, reason="x").status
        == 422
    )
    asked = screens.post("/approvals/rules/row.change/name/", **form, reason="audit report")
    assert asked.status == 302
    assert "Change of the legal name" not in asked.html
    seen = screens.get(asked.location)
    assert "Approvals" in seen.text
    let_in(int(asked.location.strip("/").rpartition("/")[2]), timezone.now())
    with database_role("engine"):
        assert policy_changes.apply_due(timezone.now()) == 1
    assert screens.get("/approvals/rules/row.change/name/").value("checkers") == "2"
    teller = Screens(member_of_staff("teller", "teller", org=branch("1000")))
    assert teller.get("/approvals/rules/row.change/name/").status == 403
    assert f"/approvals/rules/{NAME}/{RULE}/" not in teller.get("/approvals/rules/").html
