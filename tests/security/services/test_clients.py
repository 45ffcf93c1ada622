"""Client systems: issued, renewed, switched off, recognised."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from security.access.actor import Actor
from security.access.client import client_actor, client_sources
from security.access.client_limits import limits_of
from security.access.persons import same_person
from security.approvals import deciding, requests
from security.approvals.gate import ApprovalNeeded
from security.approvals.models import ChangeRequest
from security.crypto.backends import sm2
from security.models import ApiClient, ClientKey, OperationLog
from security.services import client_proof, client_requests, clients
from tests.factories.approvals import let_in, officer
from tests.factories.security import NOW, branch, client_system, everything, member_of_staff, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db


def issued(
    actor: Actor, client_id: str, *, answerable: str = "", at: datetime = NOW, **told: Any
) -> ApiClient:
    """A client that one person asked for and another agreed to; nobody holds its secret yet."""
    done = client_requests.issue(actor, client_id, answerable=answerable, reason="project", at=at, **told)
    assert done.request is not None
    let_in(done.request.pk, at)
    return ApiClient.objects.select_related("user__org").get(client_id=client_id)


def test_a_token_is_recognised_and_names_its_client() -> None:
    client, token = client_system()
    assert token.startswith("pan_core-bank.")
    assert clients.authenticate(token, at=NOW) == client


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda token: token + "A", lambda token: token[4:]])
def test_nothing_but_the_token_is_recognised(change: object) -> None:
    _client, token = client_system()
    assert clients.authenticate(change(token), at=NOW) is None  # type: ignore[operator]


def test_a_token_holds_until_its_time() -> None:
    client, token = client_system()
    ApiClient.objects.update(expires_at=NOW)
    assert clients.authenticate(token, at=NOW) is None
    assert clients.authenticate(token, at=NOW - timedelta(seconds=1)) == client


def test_a_new_secret_ends_the_old_one() -> None:
    client, token = client_system()
    renewed = clients.rotate(everything(), "core-bank", at=NOW).token
    assert clients.authenticate(token, at=NOW) is None
    assert clients.authenticate(renewed, at=NOW) == client


def test_a_new_secret_ends_the_tokens_that_the_old_one_proved() -> None:
    client, _token = client_system()
    short, _row = client_proof.issue_token(client, ["customer.view"], at=NOW)
    assert client_proof.bearer(short, at=NOW) == client
    clients.rotate(everything(), "core-bank", at=NOW)
    assert client_proof.bearer(short, at=NOW) is None


def test_a_client_that_may_not_call_any_more_may_nothing() -> None:
    client, _token = client_system()
    assert client_actor(client, NOW).may("customer.view")
    client.expires_at = NOW
    assert not client_actor(client, NOW).may("customer.view")


def test_a_client_is_switched_off() -> None:
    _client, token = client_system()
    clients.switch_off(everything(), "core-bank", at=NOW)
    assert clients.authenticate(token, at=NOW) is None


def test_a_client_acts_with_what_role_and_scope_have_in_common() -> None:
    client, _token = client_system(scopes=("customer.view", "user.manage", "source.core_customer"))
    actor = client_actor(client, NOW)
    assert (actor.kind, actor.channel) == ("client", "API")
    assert actor.may("customer.view")
    assert not actor.may("user.manage")
    assert not actor.may("customer.create")
    assert client_sources(client) == {"core-bank", "core_customer"}


def test_the_account_of_a_client_has_no_password() -> None:
    client, _token = client_system()
    assert not client.user.has_usable_password()
    assert not client.user.is_staff


@pytest.mark.parametrize(
    "client_id", ["", "ab", "Core", "core bank", "core.bank", "-core", "a" * 33, "online"]
)
def test_an_odd_id_is_refused(client_id: str) -> None:
    with pytest.raises(Invalid) as refused:
        client_system(client_id)
    assert refused.value.code == "client.id"


@pytest.mark.parametrize("scopes", [(), ("nothing",), ("customer.view", "source."), ("source.Core",), ("*",)])
def test_an_unknown_scope_is_refused_at_its_place(scopes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        client_system(scopes=scopes)
    assert refused.value.code == "client.scope"
    assert len(refused.value.errors) == (1 if scopes else 0)


def test_an_id_is_given_once() -> None:
    client_system()
    with pytest.raises(Duplicate):
        client_system()
    staff("teller")
    with pytest.raises(Duplicate):
        client_system("teller")


def test_clients_are_made_by_who_manages_users_at_the_branch() -> None:
    head = branch("1000")
    north, south = branch("1100", head), branch("1200", head)
    administrator = staff("admin", "administrator", org=north)
    told = {"name": "North", "org_code": north.code, "scopes": ["customer.view"], "at": NOW}
    with pytest.raises(ApprovalNeeded):
        clients.issue(administrator, "north-bank", **told)  # type: ignore[arg-type]
    assert not ApiClient.objects.exists()
    assert issued(administrator, "north-bank", **told).user.org == north
    with pytest.raises(NotAllowed):
        clients.issue(
            administrator, "south-bank", name="S", org_code=south.code, scopes=["customer.view"], at=NOW
        )
    with pytest.raises(NotAllowed):
        clients.issue(
            staff("teller", "teller", org=north),
            "x-bank",
            name="X",
            org_code="1100",
            scopes=["customer.view"],
            at=NOW,
        )


def test_somebody_answers_for_a_client() -> None:
    told = {"name": "X", "org_code": branch().code, "scopes": ["customer.view"], "at": NOW}
    administrator = staff("admin", "administrator")
    member_of_staff("li", staff_no="L7")
    member_of_staff("nobody", staff_no="")
    assert issued(administrator, "of-li", answerable="li", **told).user.staff_no == "L7"
    own = issued(administrator, "of-admin", **told)
    assert same_person(administrator.user_id, own.user)
    for wrong in ("nobody", "of-li", "missing"):
        with pytest.raises(Invalid, match=r"client\.answerable"):
            clients.issue(administrator, "x-bank", answerable=wrong, **told)  # type: ignore[arg-type]


def test_a_client_of_another_branch_is_not_there() -> None:
    head = branch("1000")
    client_system("south-bank", org=branch("1200", head))
    administrator = staff("admin", "administrator", org=branch("1100", head))
    for change in (clients.rotate, clients.switch_off):
        with pytest.raises(NotFound):
            change(administrator, "south-bank", at=NOW)
        with pytest.raises(NotFound):
            change(administrator, "nobody", at=NOW)
    for client_id, key_id in (("south-bank", "k1"), ("nobody", "k1"), ("nobody", "no key id")):
        with pytest.raises(NotFound):  # before the key is looked at
            client_proof.add_public_key(administrator, client_id, key_id, "no key", at=NOW)


def test_whoever_asked_does_not_agree_and_whoever_agrees_does_not_collect() -> None:
    administrator = staff("admin", "administrator", "key_officer")
    told = {"name": "X", "org_code": branch().code, "scopes": ["customer.view"], "answerable": ""}
    done = client_requests.issue(administrator, "x-bank", reason="project", at=NOW, **told)
    assert done.request is not None
    with pytest.raises(NotAllowed, match=r"approval\.self"):
        deciding.approve(administrator, done.request.pk, done.request.version, reason="me", at=NOW)
    let_in(done.request.pk, NOW)
    boss = staff("boss", "administrator")
    for nobody in (officer(NOW), boss, everything()):
        with pytest.raises(NotAllowed):
            client_requests.collect(nobody, "x-bank", "token", at=NOW)
    late = NOW + clients.COLLECT_FOR
    with pytest.raises(NotAllowed, match=r"client\.collect"):
        client_requests.collect(administrator, "x-bank", "token", at=late)
    found = client_requests.collect(administrator, "x-bank", "token", at=late - timedelta(seconds=1))
    assert clients.authenticate(found.secret, at=NOW) == found.client
    with pytest.raises(NotAllowed, match=r"client\.collect"):
        client_requests.collect(administrator, "x-bank", "token", at=NOW)


def test_a_public_key_is_registered_when_agreed_to_and_no_secret_stands_in_the_request() -> None:
    client_system()
    administrator, public = staff("admin", "administrator"), sm2().generate().public.hex()
    for key_id, key in (("s1", public), ("k1", "")):
        done = client_requests.add_key(administrator, "core-bank", key_id, key, reason="yearly", at=NOW)
        assert done.request is not None
        let_in(done.request.pk, NOW)
    assert list(ClientKey.objects.values_list("key_id", flat=True)) == ["s1"]
    with database_role("engine"):
        told = [one.arguments.open() for one in ChangeRequest.objects.order_by("pk")]
    assert told[1] == {"client": "core-bank", "key_id": "k1", "public_key": ""}
    assert set(ApiClient.objects.get().due) == {"key:k1"}


TIGHT = {"networks": ["10.1.0.0/16"], "quota": 60, "signed_only": True}


@pytest.mark.parametrize(
    "looser",
    [{"networks": []}, {"networks": ["10.0.0.0/8"]}, {"quota": 61}, {"quota": None}, {"signed_only": False}],
)
def test_limits_are_tightened_alone_and_loosened_by_two(looser: dict[str, Any]) -> None:
    _client, _token = client_system()
    administrator, new = staff("admin", "administrator"), {**TIGHT, **looser}
    assert client_requests.limit(administrator, "core-bank", **TIGHT, reason="", at=NOW).request is None
    with pytest.raises(Invalid, match=r"reason\.missing"):
        client_requests.limit(administrator, "core-bank", **new, reason=" ", at=NOW)
    with pytest.raises(ApprovalNeeded):
        client_proof.limit(administrator, "core-bank", **new, reason="new line", at=NOW)
    request = client_requests.limit(administrator, "core-bank", **new, reason="new line", at=NOW).request
    assert request is not None
    assert limits_of(ApiClient.objects.get()).told() == TIGHT
    with pytest.raises(NotAllowed):
        deciding.approve(administrator, request.pk, request.version, reason="me", at=NOW)
    shown = client_requests.show(request, officer(NOW), NOW).lines
    changed = {str(line.label) for line in shown if line.before and line.before != line.after}
    assert len(changed) == 1
    let_in(request.pk, NOW)
    assert limits_of(ApiClient.objects.get()).told() == new
    with database_role("engine"):
        rows = list(OperationLog.objects.filter(action="client.limit").order_by("id"))
    assert [row.reason for row in rows] == ["", "new line"]
    assert [(row.fields["before"], row.fields["after"]) for row in rows] == [
        ({"networks": [], "quota": None, "signed_only": False}, TIGHT),
        (TIGHT, new),
    ]


def test_looser_limits_are_asked_anew_once_somebody_has_tightened_them() -> None:
    client_system()
    administrator, new = staff("admin", "administrator"), {**TIGHT, "quota": 600}
    client_proof.limit(everything(), "core-bank", **TIGHT, at=NOW)
    request = client_requests.limit(administrator, "core-bank", **new, reason="busy", at=NOW).request
    assert request is not None
    client_proof.limit(everything(), "core-bank", **{**TIGHT, "networks": ["10.1.1.0/24"]}, at=NOW)
    with pytest.raises(Stale, match=r"approval\.stale"):
        let_in(request.pk, NOW)
    assert ApiClient.objects.get().quota == 60
    again = requests.resubmit(administrator, request.pk, request.version, reason="still busy", at=NOW)
    let_in(again.pk, NOW)
    assert limits_of(ApiClient.objects.get()).told() == new


def test_a_shared_key_whose_name_was_taken_meanwhile_is_not_collected() -> None:
    client_system()
    administrator, public = staff("admin", "administrator"), sm2().generate().public.hex()
    for key in ("", public):
        done = client_requests.add_key(administrator, "core-bank", "k1", key, reason="yearly", at=NOW)
        assert done.request is not None
        let_in(done.request.pk, NOW)
    with pytest.raises(Duplicate, match=r"client\.key_exists"):
        client_requests.collect(administrator, "core-bank", "key:k1", at=NOW)
    assert list(ClientKey.objects.values_list("algorithm", flat=True)) == [ClientKey.Algorithm.SM2]


def test_every_step_is_logged_without_the_secret() -> None:
    _client, token = client_system()
    clients.rotate(everything(), "core-bank", at=NOW)
    clients.switch_off(everything(), "core-bank", at=NOW)
    rows = list(OperationLog.objects.filter(subject="client").order_by("id"))
    assert [row.action for row in rows] == ["client.issue", "client.rotate", "client.switch_off"]
    assert token.partition(".")[2] not in str([row.fields for row in rows])
