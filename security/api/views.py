"""Who calls, and the client systems that may."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.paging import newest_first
from mdm.rest import pages
from mdm.rest.approvals import answered
from mdm.rest.authentication import client_of
from mdm.rest.operations import SIGNED_IN, Answer, Call, Example, Operation, operation
from mdm.rest.views import ApiView
from security.access.client import client_sources, visible_clients
from security.api.fields import (
    CallerFields,
    ClientFields,
    CollectedFields,
    CollectFields,
    IssuedFields,
    NewClientFields,
    RotateFields,
)
from security.models import ApiClient
from security.services import client_requests, clients
from security.services.client_proof import KEY_DUE

Json = dict[str, Any]
NEW_CLIENT = Example(
    "A system of head office",
    {"client_id": "mobile-bank", "name": "Mobile bank", "org": "1000", "scopes": ["customer.view"]},
)


class MeView(ApiView):
    """`/me`."""

    @operation(
        Operation(
            scope=SIGNED_IN,
            name="me_read",
            summary=_("Who calls"),
            description=_("The client that the token belongs to, and what it may do."),
            tag="about",
            answer=CallerFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """The caller as the product sees it."""
        client = client_of(call.request)
        return Answer(
            {
                "client_id": client.client_id,
                "name": client.name,
                "org": call.actor.org_code or None,
                "roles": list(call.actor.roles),
                "scopes": client.scopes,
                "permissions": sorted(set().union(*(right.permissions for right in call.actor.rights))),
                "sources": sorted(client_sources(client)),
                "mask_profile": call.actor.mask_profile,
                "expires_at": client.expires_at,
            }
        )


class ClientsView(ApiView):
    """`/api-clients`."""

    @operation(
        Operation(
            scope="user.manage",
            name="clients_list",
            summary=_("List client systems"),
            tag="clients",
            answer=ClientFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """The clients at the branches whose users the caller manages."""
        found = newest_first(visible_clients(call.actor), pages.after(call), pages.page_size(call))
        return pages.page(call, [told(client) for client in found.rows], found.next)

    @operation(
        Operation(
            scope="user.manage",
            name="clients_create",
            summary=_("Make a client system"),
            fresh=True,
            description=_(
                "Makes an account and a token, which is told this once. A second person agrees first; then who asked "
                "collects the token."
            ),
            tag="clients",
            body=NewClientFields,
            answer=IssuedFields,
            status=201,
            idempotent=True,
            may_wait=True,
            refusals=(
                "client.id",
                "client.scope",
                "client.org",
                "client.answerable",
                "client.exists",
                "grant.duties",
            ),
            examples=(NEW_CLIENT,),
        )
    )
    def post(self, call: Call) -> Answer:
        """The new client with its token."""
        data = call.data
        done = client_requests.issue(
            call.actor,
            data["client_id"],
            name=data["name"],
            org_code=data["org"],
            scopes=data["scopes"],
            expires_at=data.get("expires_at"),
            answerable=data.get("answerable", ""),
            reason=data.get("change_reason", ""),
            at=call.at,
        )
        return answered(call, done, _issued)


class ClientSecretView(ApiView):
    """`/api-clients/{client_id}:rotate-secret`."""

    @operation(
        Operation(
            scope="user.manage",
            name="clients_rotate_secret",
            summary=_("Give a client system a new secret"),
            fresh=True,
            description=_(
                "The old secret ends when the new token is told, which is told once. A second person agrees first; "
                "then who asked collects it."
            ),
            tag="clients",
            body=RotateFields,
            answer=IssuedFields,
            idempotent=True,
            may_wait=True,
            refusals=("client.not_found",),
        )
    )
    def post(self, call: Call, client_id: str) -> Answer:
        """The client with its new token, or the change request that waits for it."""
        reason = call.data.get("change_reason", "")
        done = client_requests.rotate(call.actor, client_id, reason=reason, at=call.at)
        return answered(call, done, _issued)


class ClientCollectView(ApiView):
    """`/api-clients/{client_id}:collect-secret`."""

    @operation(
        Operation(
            scope="user.manage",
            name="clients_collect_secret",
            summary=_("Collect a secret that was agreed to"),
            fresh=True,
            description=_(
                "Makes the token or the shared key and tells it this once, to who asked for it. The old token ends."
            ),
            tag="clients",
            body=CollectFields,
            answer=CollectedFields,
            idempotent=True,
            refusals=("client.not_found", "client.collect", "client.key_exists"),
        )
    )
    def post(self, call: Call, client_id: str) -> Answer:
        """The secret."""
        key_id = call.data.get("key_id", "")
        what = KEY_DUE + key_id if key_id else clients.TOKEN
        found = client_requests.collect(call.actor, client_id, what, at=call.at)
        told = {"client_id": client_id, "key_id": found.key_id or None, "secret": found.secret}
        return Answer(told, hidden=("secret",), headers={"Cache-Control": "no-store"})


class ClientSwitchOffView(ApiView):
    """`/api-clients/{client_id}:switch-off`."""

    @operation(
        Operation(
            scope="user.manage",
            name="clients_switch_off",
            summary=_("End a client system's access"),
            tag="clients",
            answer=ClientFields,
            idempotent=True,
            refusals=("client.not_found",),
        )
    )
    def post(self, call: Call, client_id: str) -> Answer:
        """The client, switched off."""
        return Answer(told(clients.switch_off(call.actor, client_id, at=call.at)))


def told(client: ApiClient) -> Json:
    """A client as it is told."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "org": client.user.org.code if client.user.org else None,
        "scopes": client.scopes,
        "active": client.active,
        "networks": client.networks,
        "quota": client.quota,
        "signed_only": client.signed_only,
        "expires_at": client.expires_at,
    }


def _issued(issued: clients.Issued) -> Answer:
    return Answer({**told(issued.client), "token": issued.token}, hidden=("token",))
