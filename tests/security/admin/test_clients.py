"""Client systems at the screens: made, limited, given keys, renewed, switched off; secrets are told once."""

import re

import pytest
from django.utils import timezone

from security.models import ApiClient, ClientKey, OperationLog
from security.services import clients
from tests.factories.approvals import let_in
from tests.factories.security import branch, client_system, member_of_staff
from tests.support.screens import Screens, Seen

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"pan_[a-z0-9-]+\.[A-Za-z0-9_-]{43}")


@pytest.fixture
def admin() -> Screens:
    return Screens(member_of_staff("admin", "administrator", org=branch("1000")))


def act(screens: Screens, name: str, **told: str) -> Seen:
    return screens.post(f"/security/apiclient/{ApiClient.objects.get().pk}/change/", act=name, **told)


def agreed(seen: Seen) -> None:
    """A second person agrees to the request that a form led to."""
    assert seen.status == 302, seen.text
    let_in(int(seen.location.strip("/").rpartition("/")[2]), timezone.now())


def token_of(seen: Seen) -> str:
    found = TOKEN.search(seen.html)
    assert found is not None
    return found[0]


def test_a_system_is_registered_and_its_token_is_shown_once(admin: Screens) -> None:
    form = {"client_id": "new-core", "name": "Core", "org": "1000", "scopes": ["customer.view"]}
    assert admin.post("/security/apiclient/add/", **form, answerable="nobody").status == 422
    assert admin.post("/security/apiclient/add/", **form, answerable="admin").status == 422
    asked = admin.post("/security/apiclient/add/", **form, answerable="admin", reason="project")
    assert not ApiClient.objects.exists()
    assert "new-core" in admin.get("/approvals/mine/").text
    assert "new-core" in admin.get(asked.location).text
    agreed(asked)
    colleague = Screens(member_of_staff("colleague", "administrator", org=branch("1000")))
    address = f"/security/apiclient/{ApiClient.objects.get().pk}/change/"
    assert 'value="collect"' not in colleague.get(address).html
    assert 'value="collect"' in admin.get(address).html
    assert act(colleague, "collect", what="token").status == 403
    seen = act(admin, "collect", what="token")
    token, made = token_of(seen), ApiClient.objects.get()
    assert "no-store" in seen.response.headers["Cache-Control"]
    assert clients.authenticate(token, at=timezone.now()) == made
    assert OperationLog.objects.filter(action="client.issue", actor="admin").count() == 1
    again = admin.get(f"/security/apiclient/{made.pk}/change/")
    assert token not in again.html
    assert "new-core" in admin.get("/security/apiclient/").text


def test_what_is_no_client_id_stays_in_the_form(admin: Screens) -> None:
    form = {"client_id": "No!", "name": "X", "org": "1000", "scopes": ["customer.view"]}
    seen = admin.post("/security/apiclient/add/", **form, answerable="admin", reason="project")
    assert seen.status == 422
    assert "small letters" in seen.text


def test_limits_keys_secret_and_the_end(admin: Screens) -> None:
    client, old = client_system(org=branch("1000"))
    act(admin, "limit", networks="10.1.0.0/16, 10.2.0.0/16", quota="60", signed_only="on")
    client.refresh_from_db()
    assert (client.networks, client.quota, client.signed_only) == (["10.1.0.0/16", "10.2.0.0/16"], 60, True)
    assert act(admin, "limit", networks="here").status == 422
    unreasoned = act(admin, "limit", networks="10.1.0.0/16", quota="60")
    assert (unreasoned.status, "Say why" in unreasoned.text) == (422, True)
    ids = re.findall(r' id="([^"]+)"', unreasoned.html)
    assert sorted(ids) == sorted(set(ids)), "the forms of the page name their fields apart"
    asked = act(admin, "limit", networks="10.1.0.0/16", quota="60", reason="they cannot sign yet")
    client.refresh_from_db()
    assert client.signed_only
    assert "Signed requests only" in admin.get(asked.location).text
    agreed(asked)
    client.refresh_from_db()
    assert (client.networks, client.quota, client.signed_only) == (["10.1.0.0/16"], 60, False)

    agreed(act(admin, "key", key_id="k1", reason="yearly"))
    secret = act(admin, "collect", what="key:k1")
    assert re.search(r"[0-9a-f]{64}", secret.html)
    assert act(admin, "key", key_id="k1", reason="yearly").status == 422
    assert act(admin, "key", key_id="s1", public_key="12", reason="yearly").status == 422
    act(admin, "revoke", key_id="k1")
    assert ClientKey.objects.get().revoked_at is not None

    assert act(admin, "rotate").status == 422
    agreed(act(admin, "rotate", reason="yearly"))
    assert clients.authenticate(old, at=timezone.now()) == client
    new = token_of(act(admin, "collect", what="token"))
    now = timezone.now()
    assert (clients.authenticate(old, at=now), clients.authenticate(new, at=now)) == (None, client)
    act(admin, "off")
    assert clients.authenticate(new, at=timezone.now()) is None
    assert "switched off" in admin.get("/security/apiclient/").text


def test_others_see_none_of_it_and_a_branch_its_own_only() -> None:
    client, _token = client_system(org=branch("1200", branch("1000")))
    address = f"/security/apiclient/{client.pk}/change/"
    teller = Screens(member_of_staff("teller", "teller", org=branch("1200")))
    assert (teller.get("/security/apiclient/").status, teller.get(address).status) == (403, 403)
    local = Screens(member_of_staff("local", "administrator", org=branch("1100", branch("1000"))))
    assert local.get(address).status == 404
    assert client.client_id not in local.get("/security/apiclient/").text
