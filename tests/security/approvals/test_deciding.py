"""Maker and checker: what is asked waits, what is approved is done as the direct path would, in one transaction."""

from datetime import timedelta
from typing import Any

import pytest

from customers.services import facets, requesting
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from security.access.client import client_actor
from security.access.persons import person_of
from security.approvals import deciding, requests
from security.approvals.gate import ApprovalNeeded
from security.approvals.models import ApprovalRule
from security.approvals.states import State
from security.models import ApiClient, OperationLog, User
from tests.factories.customers import HOME, past_of, the_row
from tests.factories.security import NOW, branch, client_system, everything
from tests.security.approvals.desk import LATER, NEW_NAME, Desk, actor, again, agree, logged, moves, reread
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def test_a_new_legal_name_waits_and_nothing_changes_until_it_is_approved(desk: Desk) -> None:
    before = desk.name.version
    request = desk.ask()
    assert (request.state, request.rules, request.checkers) == (State.PENDING, ["name"], 1)
    assert (desk.legal_name(), desk.name.version) == ("欧阳知远", before)

    agree(desk.manager, request)

    assert reread(request).state == State.APPROVED
    assert (desk.legal_name(), desk.name.version) == (NEW_NAME, before + 1)
    assert moves(request) == ["SUBMIT", "APPROVE"]


def test_history_and_log_name_the_maker_and_the_approval(desk: Desk) -> None:
    request = desk.ask()
    agree(desk.manager, request)
    last = past_of(desk.name)[-1]
    assert (last.history_user_id, last.history_change_reason, last.request_id) == (
        "teller",
        "marriage",
        request.number,
    )
    done = OperationLog.objects.get(action="customer_name.change")
    assert (done.actor, done.request_id) == ("teller", request.number)
    assert done.fields["approval"] == {"request": request.pk, "by": ["manager"]}
    agreed = OperationLog.objects.get(action="approval.approve")
    assert (agreed.actor, agreed.object_id) == ("manager", request.pk)
    assert logged("approval.") == ["approval.submit", "approval.approve"]


def test_what_no_rule_asks_for_is_done_at_once(desk: Desk) -> None:
    row = the_row("person_profile", desk.customer_id)
    done = requesting.change(
        desk.teller, "person_profile", row.pk, row.version, {"employer": "first"}, reason="new", at=NOW
    )
    assert done.request is None
    assert done.result.version == row.version + 1


def test_the_service_itself_refuses_whichever_door_calls_it(desk: Desk) -> None:
    row = desk.name
    with pytest.raises(ApprovalNeeded) as refused:
        facets.change(
            desk.manager, "customer_name", row.pk, row.version, {"full_name": "欧"}, reason="x", at=NOW
        )
    assert refused.value.code == "approval.needed"
    assert desk.legal_name() == "欧阳知远"


def test_the_products_own_actors_are_not_asked(desk: Desk) -> None:
    row = desk.name
    facets.change(
        everything(), "customer_name", row.pk, row.version, {"full_name": NEW_NAME}, reason="load", at=NOW
    )
    assert desk.legal_name() == NEW_NAME


def test_what_a_rule_of_the_data_refuses_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    row = desk.name
    with pytest.raises(Invalid) as refused:
        requesting.change(
            desk.teller, "customer_name", row.pk, row.version, {"full_name": ""}, reason="x", at=NOW
        )
    assert refused.value.code == "record.refused"
    assert logged("approval.") == []


# -- never oneself -----------------------------------------------------------------------------------


def test_who_answers_for_a_system_does_not_approve_what_it_asked_for(desk: Desk) -> None:
    made, _token = client_system("core-bank", org=branch(HOME), answerable="manager")
    request = desk.ask(client_actor(made, NOW))
    assert request.maker_person == person_of(User.objects.get(username="manager"))
    with pytest.raises(NotAllowed) as refused:
        agree(desk.manager, request)
    assert refused.value.code == "approval.self"


def test_a_system_decides_only_what_who_answers_for_it_could_decide(desk: Desk) -> None:
    roles, scopes = ("branch_manager",), ("approval.view", "approval.customer", "customer.view")
    request, _teller = desk.ask(), actor("teller2", "teller")
    for name, answerable in (("alone", ""), ("of-a-teller", "teller2")):
        made = client_system(name, scopes=scopes, roles=roles, org=branch(HOME), answerable=answerable)
        with pytest.raises(NotAllowed) as refused:
            agree(client_actor(made[0], LATER), request)
        assert refused.value.code == "approval.right"
    made = client_system("desk", scopes=scopes, roles=roles, org=branch(HOME), answerable="manager")
    agree(client_actor(made[0], LATER), request)
    assert desk.legal_name() == NEW_NAME


def test_nobody_approves_returns_or_rejects_their_own_request(desk: Desk) -> None:
    request = desk.ask(desk.manager)
    for decide in (deciding.approve, deciding.give_back, deciding.reject):
        with pytest.raises(NotAllowed) as refused:
            decide(desk.manager, request.pk, request.version, reason="mine", at=LATER)
        assert refused.value.code == "approval.self"
    assert desk.legal_name() == "欧阳知远"
    assert reread(request).version == request.version


def test_another_account_of_the_same_person_is_the_same_person(desk: Desk) -> None:
    maker = actor("li", "teller", staff_no="A-1007")
    twin = actor("li.manager", "branch_manager", staff_no="a-1007 ")
    with pytest.raises(NotAllowed) as refused:
        agree(twin, desk.ask(maker))
    assert refused.value.code == "approval.self"


def test_a_staff_number_taken_away_later_changes_nothing(desk: Desk) -> None:
    maker = actor("li", "teller", staff_no="A-1007")
    twin = actor("li.manager", "branch_manager", staff_no="A-1007")
    request = desk.ask(maker)
    User.objects.filter(username="li").update(staff_no="")
    with pytest.raises(NotAllowed) as refused:
        agree(twin, request)
    assert refused.value.code == "approval.self"


def test_several_at_once_are_no_way_round(desk: Desk) -> None:
    request = desk.ask(desk.manager)
    with pytest.raises(Invalid) as refused:
        list(deciding.approve_many(desk.manager, {request.pk: request.version}, reason="all", at=LATER))
    assert refused.value.code == "approval.bulk"


def test_an_approval_is_good_for_one_thing_only(desk: Desk) -> None:
    from security.approvals.persons import maker_actor

    request, phone = desk.ask(), the_row("credential", desk.customer_id)
    armed = maker_actor(request, ["manager"], LATER)
    with pytest.raises(NotAllowed) as refused:
        facets.end(armed, "credential", phone.pk, phone.version, reason="x", at=LATER)
    assert refused.value.code == "approval.other"


# -- who may decide -----------------------------------------------------------------------------------


def test_a_manager_elsewhere_finds_nothing_and_a_teller_may_not(desk: Desk) -> None:
    request = desk.ask()
    with pytest.raises(NotFound) as unseen:
        agree(actor("stranger", "branch_manager", org="1200"), request)
    assert unseen.value.code == "approval.unknown"
    with pytest.raises(NotFound):
        agree(actor("colleague", "teller"), request)
    with pytest.raises(NotAllowed) as refused:
        agree(actor("supervisor", "steward_supervisor", org="1000"), request)
    assert refused.value.code == "approval.right"


def test_a_maker_who_may_not_do_it_any_more_has_nothing_done(desk: Desk) -> None:
    request = desk.ask()
    User.objects.get(username="teller").grants.update(valid_to=NOW)
    with pytest.raises(NotAllowed):
        agree(desk.manager, request)
    assert (desk.legal_name(), reread(request).state, moves(request)) == (
        "欧阳知远",
        State.PENDING,
        ["SUBMIT"],
    )


def test_the_account_of_a_maker_who_left_has_nothing_done(desk: Desk) -> None:
    request = desk.ask()
    User.objects.filter(username="teller").update(is_active=False)
    with pytest.raises(NotAllowed) as refused:
        agree(desk.manager, request)
    assert refused.value.code == "approval.maker_left"


@pytest.mark.parametrize("ended", [{"active": False}, {"expires_at": LATER}], ids=["switched off", "expired"])
def test_what_a_client_asked_for_is_not_done_once_it_may_not_call(desk: Desk, ended: dict[str, Any]) -> None:
    client, _token = client_system("core-bank", org=branch(HOME))
    request = desk.ask(client_actor(client, NOW))
    ApiClient.objects.filter(pk=client.pk).update(**ended)
    with pytest.raises(NotAllowed) as refused:
        agree(desk.manager, request)
    assert refused.value.code == "approval.maker_left"
    assert (desk.legal_name(), reread(request).state) == ("欧阳知远", State.PENDING)


# -- two checkers --------------------------------------------------------------------------------------


@pytest.fixture
def two_needed(desk: Desk) -> Desk:
    """The bank wants two for names."""
    own_rule()
    return desk


def own_rule(**options: Any) -> None:
    """A rule of the bank's own, which its operator enters."""
    with database_role("owner"):
        ApprovalRule.objects.create(
            operation="row.change",
            name="names twice",
            when={"facet": ["customer_name"]},
            checkers=2,
            levels=["approval.customer"],
            **options,
        )


def test_a_rule_that_was_switched_off_brings_the_shipped_ones_back(desk: Desk) -> None:
    own_rule(active=False)
    request = desk.ask()
    assert (request.rules, request.checkers, desk.legal_name()) == (["name"], 1, "欧阳知远")


def test_two_different_people_have_to_agree(two_needed: Desk) -> None:
    second = actor("second", "branch_manager")
    request = agree(two_needed.manager, two_needed.ask())
    assert (request.state, two_needed.legal_name()) == (State.PENDING, "欧阳知远")
    with pytest.raises(NotAllowed) as twice:
        agree(two_needed.manager, request)
    assert twice.value.code == "approval.twice"
    agree(second, request)
    assert two_needed.legal_name() == NEW_NAME
    assert moves(request) == ["SUBMIT", "ASSENT", "APPROVE"]
    done = OperationLog.objects.get(action="customer_name.change")
    assert done.fields["approval"]["by"] == ["manager", "second"]


def test_a_second_account_does_not_make_a_second_person(two_needed: Desk) -> None:
    User.objects.filter(username="manager").update(staff_no="M-1")
    twin = actor("manager.2", "branch_manager", staff_no="M-1")
    request = agree(again("manager"), two_needed.ask())
    with pytest.raises(NotAllowed) as twice:
        agree(twin, request)
    assert twice.value.code == "approval.twice"


def test_what_was_agreed_before_a_return_does_not_count(two_needed: Desk) -> None:
    second = actor("second", "branch_manager")
    request = agree(two_needed.manager, two_needed.ask())
    request = deciding.give_back(second, request.pk, request.version, reason="unclear", at=LATER)
    request = requests.resubmit(two_needed.teller, request.pk, request.version, reason="clear now", at=LATER)
    assert agree(second, request).state == State.PENDING
    assert two_needed.legal_name() == "欧阳知远"


# -- return, correct, reject, withdraw -----------------------------------------------------------------


def test_a_returned_request_is_corrected_and_approved(desk: Desk) -> None:
    request = desk.ask(name="欧阳只远")
    request = deciding.give_back(desk.manager, request.pk, request.version, reason="typing error", at=LATER)
    assert request.state == State.RETURNED
    corrected = desk.ask(corrects=request.pk)
    assert (corrected.pk, corrected.round, corrected.state) == (request.pk, 2, State.PENDING)
    agree(desk.manager, corrected)
    assert desk.legal_name() == NEW_NAME
    assert moves(request) == ["SUBMIT", "RETURN", "RESUBMIT", "APPROVE"]


def test_a_rejected_or_withdrawn_request_is_over(desk: Desk) -> None:
    first = desk.ask()
    deciding.reject(desk.manager, first.pk, first.version, reason="no document", at=LATER)
    second = desk.ask()
    requests.withdraw(desk.teller, second.pk, second.version, reason="not needed", at=LATER)
    for request, state in ((first, State.REJECTED), (second, State.WITHDRAWN)):
        assert reread(request).state == state
        with pytest.raises(Duplicate) as over:
            deciding.approve(desk.manager, request.pk, reread(request).version, reason="x", at=LATER)
        assert over.value.code == "approval.state"
    assert desk.legal_name() == "欧阳知远"


def test_a_return_and_a_rejection_say_why(desk: Desk) -> None:
    request = desk.ask()
    for decide in (deciding.give_back, deciding.reject):
        with pytest.raises(Invalid) as refused:
            decide(desk.manager, request.pk, request.version, reason=" ", at=LATER)
        assert refused.value.code == "reason.missing"


def test_only_the_maker_withdraws_and_resubmits(desk: Desk) -> None:
    request = desk.ask()
    for act in (requests.withdraw, requests.resubmit):
        with pytest.raises(NotAllowed) as refused:
            act(desk.manager, request.pk, request.version, reason="x", at=LATER)
        assert refused.value.code == "approval.maker"


def test_one_thing_waits_once(desk: Desk) -> None:
    request = desk.ask()
    with pytest.raises(Duplicate) as waiting:
        desk.ask(actor("other", "teller"), name="欧阳远")
    assert waiting.value.code == "approval.open"
    assert request.number in str(waiting.value.message)


# -- stale bases ---------------------------------------------------------------------------------------


def changed_meanwhile(desk: Desk) -> None:
    row = desk.name
    facets.change(
        everything(), "customer_name", row.pk, row.version, {"full_name": "欧阳远"}, reason="load", at=NOW
    )


def test_a_stale_base_is_refused_and_asked_anew(desk: Desk) -> None:
    request = desk.ask()
    changed_meanwhile(desk)
    with pytest.raises(Stale) as stale:
        agree(desk.manager, request)
    assert stale.value.code == "approval.stale"
    assert (desk.legal_name(), reread(request).state, moves(request)) == ("欧阳远", State.PENDING, ["SUBMIT"])

    renewed = requests.resubmit(desk.teller, request.pk, request.version, reason="still right", at=LATER)
    assert renewed.base.open()["before"]["full_name"] == "欧阳远"
    agree(desk.manager, renewed)
    assert desk.legal_name() == NEW_NAME


def test_a_request_that_moved_on_is_not_decided_as_it_was(desk: Desk) -> None:
    request = desk.ask()
    desk.ask(name="欧阳远", corrects=request.pk)
    with pytest.raises(Stale) as moved:
        agree(desk.manager, request)
    assert moved.value.code == "approval.moved"


def test_an_expired_request_is_not_approved_before_the_clock_has_seen_it(desk: Desk) -> None:
    request = desk.ask()
    with pytest.raises(Duplicate) as expired:
        agree(desk.manager, request, at=NOW + timedelta(days=31))
    assert expired.value.code == "approval.expired"
