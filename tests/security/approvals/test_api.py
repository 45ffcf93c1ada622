"""The same over REST: 202 with the request, its difference, decisions with If-Match and Idempotency-Key."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.rules.number import customer_no
from security.access.roles import PERMISSIONS
from security.models import Grant, Role, User
from security.services import granting
from tests.factories.security import branch, client_system, member_of_staff, staff
from tests.security.approvals.desk import NEW_NAME, Desk, moves, reread
from tests.support.api import Api, Told, proved
from tests.support.database_roles import database_role
from tests.support.screens import Screens

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(desk: Desk) -> Api:
    """A system of the branch that changes customers."""
    return Api(client_system("core-bank", org=branch("1100"))[1])


@pytest.fixture
def checker(desk: Desk) -> Api:
    """Another one, whose account is also a branch manager's, and for whom the manager answers."""
    made = client_system("review-desk", org=branch("1100"), roles=("branch_manager",), answerable="manager")
    return Api(made[1])


def rename(desk: Desk, system: Api, name: str = NEW_NAME, **headers: Any) -> Told:
    row = desk.name
    address = f"customers/{customer_no(desk.customer_id)}/customer-names/{row.pk}"
    return system.patch(
        address, {"full_name": name, "change_reason": "marriage"}, version=row.version, **headers
    )


def act(api: Api, verb: str, request_id: int, version: int, reason: str = "seen", **options: Any) -> Told:
    headers = {"If-Match": f'"v{version}"', **options.pop("headers", {})}
    return api.post(f"change-requests/{request_id}:{verb}", {"reason": reason}, **options, **headers)


def test_a_critical_change_is_answered_with_the_request(desk: Desk, system: Api) -> None:
    told = rename(desk, system)
    assert (told.status, told.body["state"]) == (202, "PENDING")
    assert told.headers["Location"] == f"/api/v1/change-requests/{told.body['id']}"
    read = system.get(told.headers["Location"])
    assert (read.status, read.headers["ETag"]) == (200, '"v1"')
    assert read.body["maker"] == "core-bank"
    assert desk.legal_name() == "欧阳知远"


def test_what_no_rule_asks_for_is_answered_with_the_row(desk: Desk, system: Api) -> None:
    number = customer_no(desk.customer_id)
    profile = system.get(f"customers/{number}/person-profiles").body["items"][0]
    told = system.patch(
        f"customers/{number}/person-profiles/{profile['id']}",
        {"job_title": "clerk", "change_reason": "told"},
        version=profile["version"],
    )
    assert (told.status, told.body["job_title"]) == (200, "clerk")


def test_another_telephone_waits_unless_a_one_time_code_confirmed_it(desk: Desk, system: Api) -> None:
    phones = f"customers/{customer_no(desk.customer_id)}/phones"
    row = system.get(phones).body["items"][0]
    body = {"number": "13912345671", "change_reason": "told"}
    assert system.patch(f"{phones}/{row['id']}", body, version=row["version"]).status == 202
    first = {"kind": "MOBILE", "number": "13912345671", "is_primary": True}
    assert system.post(phones, first).status == 202
    confirmed = {**body, "verified_state": "VERIFIED"}
    told = system.patch(f"{phones}/{row['id']}", confirmed, version=row["version"])
    assert (told.status, told.body["version"]) == (200, row["version"] + 1)


def test_that_a_code_confirmed_it_is_believed_of_those_who_send_codes(desk: Desk) -> None:
    """What a system without the scope says of a one-time code lets nothing go alone."""
    scopes = sorted(set(PERMISSIONS) - {"contact.confirm"})
    api = Api(client_system("newsletter", scopes=scopes, org=branch("1100"))[1])
    phones = f"customers/{customer_no(desk.customer_id)}/phones"
    row = api.get(phones).body["items"][0]
    said = {"number": "13912345671", "verified_state": "VERIFIED", "change_reason": "told"}
    assert api.patch(f"{phones}/{row['id']}", said, version=row["version"]).status == 202
    first = {"kind": "MOBILE", "number": "13912345671", "is_primary": True, "verified_state": "VERIFIED"}
    assert api.post(phones, first).status == 202


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("phones", {"kind": "MOBILE", "number": "13912345671"}),
        ("emails", {"kind": "PERSONAL", "address": "li@example.com"}),
        ("further-contacts", {"kind": "WECHAT", "reach": "li-1984"}),
    ],
)
def test_no_contact_begins_confirmed_but_by_a_code_or_a_second_person(
    desk: Desk, system: Api, part: str, told: dict[str, str]
) -> None:
    scopes = sorted(set(PERMISSIONS) - {"contact.confirm"})
    api = Api(client_system("newsletter", scopes=scopes, org=branch("1100"))[1])
    rows, said = f"customers/{customer_no(desk.customer_id)}/{part}", {**told, "verified_state": "VERIFIED"}

    added = system.post(rows, said)
    assert (added.status, added.body["verified_state"]) == (201, "VERIFIED")
    assert api.post(rows, said).status == 202
    assert api.post(rows, told).status == 201


def test_a_further_contact_is_confirmed_by_a_code_or_a_second_person(desk: Desk, system: Api) -> None:
    scopes = sorted(set(PERMISSIONS) - {"contact.confirm"})
    api = Api(client_system("newsletter", scopes=scopes, org=branch("1100"))[1])
    rows = f"customers/{customer_no(desk.customer_id)}/further-contacts"
    first, second = (
        system.post(rows, {"kind": "WECHAT", "reach": f"li-{year}"}).body["id"] for year in (1984, 1985)
    )
    said = {"verified_state": "VERIFIED", "change_reason": "told"}
    assert api.patch(f"{rows}/{first}", said, version=1).status == 202
    assert system.patch(f"{rows}/{second}", said, version=1).status == 200
    other = {"reach": "li-1986", "change_reason": "told"}
    assert system.patch(f"{rows}/{second}", other, version=2).status == 202, (
        "the confirmation is lost with it"
    )


@pytest.mark.parametrize("other", [{"reach": "li-1985"}, {"kind": "WEBSITE"}])
def test_another_reach_stays_confirmed_by_a_code_or_a_second_person(
    desk: Desk, system: Api, other: dict[str, str]
) -> None:
    """Told as confirmed in the same call, the confirmation does not differ: the reach alone does."""
    scopes = sorted(set(PERMISSIONS) - {"contact.confirm"})
    api = Api(client_system("newsletter", scopes=scopes, org=branch("1100"))[1])
    rows = f"customers/{customer_no(desk.customer_id)}/further-contacts"
    begun = {"kind": "WECHAT", "verified_state": "VERIFIED"}
    first, second = (system.post(rows, {**begun, "reach": f"li-{year}"}).body["id"] for year in (1983, 1984))
    said = {**other, "verified_state": "VERIFIED", "change_reason": "told"}
    assert api.patch(f"{rows}/{first}", said, version=1).status == 202
    told = system.patch(f"{rows}/{second}", said, version=1)
    assert (told.status, told.body["verified_state"]) == (200, "VERIFIED")


def test_a_caller_that_will_not_wait_is_refused(desk: Desk, system: Api) -> None:
    told = rename(desk, system, Prefer="respond-async, handling=strict")
    assert (told.status, told.code) == (409, "approval.needed")
    assert system.get("change-requests").body["items"] == []


def test_the_difference_is_masked_and_never_in_clear(desk: Desk, system: Api) -> None:
    told = system.get(rename(desk, system).headers["Location"])
    assert NEW_NAME not in told.text
    assert "欧阳知远" not in told.text
    (line,) = told.body["difference"]
    assert (line["before"], line["after"], line["hidden"]) == ("**远", "**远", True)


def test_another_system_approves_and_the_maker_may_not(desk: Desk, system: Api, checker: Api) -> None:
    request_id = rename(desk, system).body["id"]
    own = act(system, "approve", request_id, 1)
    assert (own.status, own.code) == (403, "approval.self")
    told = act(checker, "approve", request_id, 1)
    assert (told.status, told.body["state"]) == (200, "APPROVED")
    assert desk.legal_name() == NEW_NAME


def test_a_repeated_approval_is_answered_once_more_and_done_once(
    desk: Desk, system: Api, checker: Api
) -> None:
    request = rename(desk, system).body
    first = act(checker, "approve", request["id"], 1, key="approve-once-1")
    again = act(checker, "approve", request["id"], 1, key="approve-once-1")
    assert (first.status, again.status, again.headers["Idempotency-Replayed"]) == (200, 200, "true")
    late = act(checker, "approve", request["id"], 1)
    assert (late.status, late.code) == (409, "approval.state")
    assert moves(reread_by_id(request["id"])) == ["SUBMIT", "APPROVE"]


def reread_by_id(pk: int) -> Any:
    from security.approvals.models import ChangeRequest

    return reread(ChangeRequest(pk=pk))


def test_decisions_ask_for_if_match_and_a_key(desk: Desk, system: Api, checker: Api) -> None:
    request_id = rename(desk, system).body["id"]
    bare = checker.post(f"change-requests/{request_id}:approve", {})
    assert (bare.status, bare.code) == (428, "precondition.required")
    keyless = act(checker, "approve", request_id, 1, key=None)
    assert (keyless.status, keyless.code) == (400, "idempotency.key_missing")
    other = act(checker, "approve", request_id, 7)
    assert (other.status, other.code) == (412, "approval.moved")


def test_return_resubmit_reject_and_withdraw(desk: Desk, system: Api, checker: Api) -> None:
    request_id = rename(desk, system).body["id"]
    assert act(checker, "return", request_id, 1, reason="").code == "reason.missing"
    assert act(checker, "return", request_id, 1).body["state"] == "RETURNED"
    assert act(system, "resubmit", request_id, 2).body["round"] == 2
    assert act(checker, "reject", request_id, 3).body["state"] == "REJECTED"
    other = rename(desk, system).body["id"]
    assert act(checker, "withdraw", other, 1).code == "approval.maker"
    assert act(system, "withdraw", other, 1).body["state"] == "WITHDRAWN"
    states = {row["id"]: row["state"] for row in system.get("change-requests?box=mine").body["items"]}
    assert states == {request_id: "REJECTED", other: "WITHDRAWN"}


def test_a_stale_base_is_412(desk: Desk, system: Api, checker: Api) -> None:
    from tests.security.approvals.test_deciding import changed_meanwhile

    request_id = rename(desk, system).body["id"]
    changed_meanwhile(desk)
    told = act(checker, "approve", request_id, 1)
    assert (told.status, told.code) == (412, "approval.stale")
    assert checker.get(f"change-requests/{request_id}").body["difference"][0]["changed_since"]


def test_a_second_request_about_the_same_is_409(desk: Desk, system: Api) -> None:
    rename(desk, system)
    told = rename(desk, system, name="欧阳远")
    assert (told.status, told.code) == (409, "approval.open")


def test_out_of_scope_it_is_not_there(desk: Desk, system: Api) -> None:
    request_id = rename(desk, system).body["id"]
    other = Api(client_system("other-bank", org=branch("1200"), roles=("branch_manager",))[1])
    for told in (other.get(f"change-requests/{request_id}"), act(other, "approve", request_id, 1)):
        assert (told.status, told.code) == (404, "approval.unknown")
    assert other.get("change-requests").body["items"] == []


def test_an_end_waits_too_and_is_done_when_approved(desk: Desk, system: Api, checker: Api) -> None:
    number = customer_no(desk.customer_id)
    row = system.get(f"customers/{number}/credentials").body["items"][0]
    address = f"customers/{number}/credentials/{row['id']}:end"
    told = system.post(address, {"change_reason": "lost"}, **{"If-Match": f'"v{row["version"]}"'})
    assert told.status == 202
    assert act(checker, "approve", told.body["id"], 1).status == 200
    assert system.get(f"customers/{number}/credentials").body["items"] == []


def test_a_further_legal_name_waits_too(desk: Desk, system: Api, checker: Api) -> None:
    number = customer_no(desk.customer_id)
    told = system.post(f"customers/{number}/customer-names", {"kind": "LEGAL", "full_name": NEW_NAME})
    assert told.status == 202
    assert act(checker, "approve", told.body["id"], 1).status == 200
    assert len(system.get(f"customers/{number}/customer-names").body["items"]) == 2


def test_who_agrees_that_somebody_is_let_in_proves_who_they_are_just_then(desk: Desk) -> None:
    maker = staff("admin", "administrator", org=branch("1000"))
    target, role = User.objects.get(username="teller"), Role.objects.get(code="branch_manager")
    done = granting.give(maker, target, role, branch("1100"), reason="stands in", at=timezone.now())
    assert done.request is not None
    client, token = client_system(
        "officer", roles=("key_officer",), org=branch("1000"), answerable=officer_of("ko")
    )
    lasting, proof = Api(token), proved(client)
    refused = act(lasting, "approve", done.request.pk, 1)
    assert (refused.status, refused.code) == (403, "auth.step_up")
    assert not Grant.objects.filter(user=target, role=role).exists()
    assert act(proof, "approve", done.request.pk, 1).status == 200
    assert Grant.objects.filter(user=target, role=role).exists()


def test_the_page_asks_for_proof_too(desk: Desk) -> None:
    maker = staff("admin", "administrator", org=branch("1000"))
    target, role = User.objects.get(username="teller"), Role.objects.get(code="branch_manager")
    done = granting.give(maker, target, role, branch("1100"), reason="stands in", at=timezone.now())
    assert done.request is not None
    screens = Screens(User.objects.get(username=officer_of("ko")))
    screens.prove(timezone.now() - timedelta(hours=1))
    told = screens.post(f"/approvals/{done.request.pk}/", act="approve", version="1", reason="seen")
    assert told.location.startswith("/prove/")
    screens.prove(timezone.now())
    told = screens.post(f"/approvals/{done.request.pk}/", act="approve", version="1", reason="seen")
    assert told.location == f"/approvals/{done.request.pk}/"
    assert Grant.objects.filter(user=target, role=role).exists()
    name = desk.ask(at=timezone.now())
    checker = Screens(User.objects.get(username="manager"))
    checker.prove(timezone.now() - timedelta(hours=1))
    told = checker.post(f"/approvals/{name.pk}/", act="approve", version="1", reason="seen")
    assert told.location == f"/approvals/{name.pk}/"


def officer_of(name: str) -> str:
    """A security officer of head office."""
    member_of_staff(name, "key_officer", org=branch("1000"))
    with database_role("owner"):
        Role.objects.update(mfa_required=False)
    return name
