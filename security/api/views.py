"""Who calls, and the client systems that may."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.paging import newest_first
from mdm.rest import pages
from mdm.rest.authentication import client_of
from mdm.rest.operations import SIGNED_IN, Answer, Call, Example, Operation, operation
from mdm.rest.views import ApiView
from security.access.client import client_sources, visible_clients
from security.api.fields import CallerFields, ClientFields, IssuedFields, NewClientFields
from security.models import ApiClient
from security.services import clients

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
            description=_("Makes an account and a token. The token is told this once."),
            tag="clients",
            body=NewClientFields,
            answer=IssuedFields,
            status=201,
            idempotent=True,
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
        issued = clients.issue(
            call.actor,
            data["client_id"],
            name=data["name"],
            org_code=data["org"],
            scopes=data["scopes"],
            expires_at=data.get("expires_at"),
            answerable=data.get("answerable", ""),
            at=call.at,
        )
        return _issued(issued)


class ClientSecretView(ApiView):
    """`/api-clients/{client_id}:rotate-secret`."""

    @operation(
        Operation(
            scope="user.manage",
            name="clients_rotate_secret",
            summary=_("Give a client system a new secret"),
            fresh=True,
            description=_("The old secret ends at once. The new token is told this once."),
            tag="clients",
            answer=IssuedFields,
            idempotent=True,
            refusals=("client.not_found",),
        )
    )
    def post(self, call: Call, client_id: str) -> Answer:
        """The client with its new token."""
        return _issued(clients.rotate(call.actor, client_id, at=call.at))


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
