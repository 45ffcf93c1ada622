"""The key tree: who sees it, what two persons do there, what it never shows."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from security.authentication import freshness
from security.crypto import keyring
from security.models import DataKey, KeyCeremony
from tests.factories.security import client_system, member_of_staff
from tests.support.api import Api

pytestmark = pytest.mark.django_db


def signed_in(name: str, role: str = "key_officer") -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(member_of_staff(name, role), backend="security.authentication.backend.StaffBackend")
    return client


def test_the_tree_shows_every_key_and_never_its_material() -> None:
    page = signed_in("wang").get(reverse("admin:keys"))
    text = page.content.decode()
    assert page.status_code == 200
    key = keyring.current("store.objects")
    row = DataKey.objects.get(pk=key.key_id)
    for shown in ("root", "object-store", "store.objects", row.check_value):
        assert shown in text
    assert key.key.hex() not in text
    assert bytes(row.wrapped or b"").hex() not in text


@pytest.mark.parametrize("role", ["teller", "administrator", "auditor", "steward_supervisor"])
def test_others_do_not_see_it(role: str) -> None:
    client = signed_in("somebody", role)
    assert client.get(reverse("admin:keys")).status_code == 403
    assert (
        client.get(reverse("admin:key_ceremony", args=["rotate", "L3", "store.objects"])).status_code == 403
    )
    assert client.post(reverse("admin:key_decide", args=[1]), {"decision": "confirm"}).status_code == 403


def test_one_proposes_and_the_same_person_finds_no_way_to_confirm() -> None:
    first, second = signed_in("wang"), signed_in("li")
    address = reverse("admin:key_ceremony", args=["rotate", "L3", "store.objects"])
    answer = first.post(address, {"reason": "yearly"})
    if answer.headers.get("Location", "").startswith("/prove"):
        for client in (first, second):
            prove(client)
        answer = first.post(address, {"reason": "yearly"})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("admin:keys"))
    held = KeyCeremony.objects.get()
    assert (held.state, held.proposed_by, held.reason) == ("proposed", "wang", "yearly")
    decide = reverse("admin:key_decide", args=[held.pk])
    assert 'value="confirm"' not in first.get(reverse("admin:keys")).content.decode()
    assert 'value="confirm"' in second.get(reverse("admin:keys")).content.decode()
    first.post(decide, {"decision": "confirm"})
    held.refresh_from_db()
    assert held.state == "proposed"
    second.post(decide, {"decision": "confirm"})
    held.refresh_from_db()
    assert (held.state, held.confirmed_by) == ("confirmed", "li")


def prove(client: Client) -> None:
    """As after typing the password again."""
    session = client.session
    freshness.prove(session, timezone.now())
    session.save()


def test_systems_with_the_scope_read_it_and_cannot_write() -> None:
    _client, token = client_system(roles=["key_officer"])
    api = Api(token)
    answer = api.get("keys")
    assert answer.status == 200
    rows = answer.body["keys"]
    assert {row["level"] for row in rows} == {"L1", "L2", "L3"}
    assert all(
        set(row) >= {"name", "version", "state", "check_value", "values", "wrapped_by"} for row in rows
    )
    assert api.post("keys", {}).status == 405
