"""The keys with which a client system signs, and the limits that hold for it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.approvals import answered
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.api.fields import ClientFields
from security.api.views import told as told_client
from security.models import ClientKey
from security.selectors.clients import visible_keys
from security.services import client_proof, client_requests

Json = dict[str, Any]


class KeyFields(Fields):
    """A key of a client system."""

    key_id = serializers.CharField()
    algorithm = serializers.CharField(help_text=_("SM2 or HMAC-SM3."))
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class KeyListFields(Fields):
    """The keys of a client system."""

    items = KeyFields(many=True)


class NewKeyFields(Fields):
    """A key to be made or registered."""

    key_id = Text(max_length=40, help_text=_("1 to 40 letters, digits, dots, hyphens, underscores."))
    public_key = Text(
        max_length=8000,
        required=False,
        help_text=_(
            "An SM2 key: its point in hex, or a certificate in PEM; without it a key for HMAC-SM3 is made."
        ),
    )
    change_reason = Text(required=False, max_length=200, help_text=_("Who agrees reads it."))


class MadeKeyFields(KeyFields):
    """A new key."""

    secret = serializers.CharField(
        allow_null=True, help_text=_("The shared key in hex, told this once; null for SM2.")
    )


class LimitFields(Fields):
    """What holds for a client system."""

    networks = serializers.ListField(child=Text(max_length=43), max_length=50, help_text=_("CIDR notation."))
    quota = serializers.IntegerField(
        allow_null=True, min_value=1, max_value=1_000_000, help_text=_("Requests a minute; null: as for all.")
    )
    signed_only = serializers.BooleanField(help_text=_("Whether every request has to be signed."))
    change_reason = Text(
        required=False, max_length=200, help_text=_("Needed where it lets more in: who agrees reads it.")
    )


class ClientKeysView(ApiView):
    """`/api-clients/{client_id}/keys`."""

    @operation(
        Operation(
            scope="user.manage",
            name="client_keys_list",
            summary=_("List the keys of a client system"),
            tag="clients",
            answer=KeyListFields,
            refusals=("client.not_found",),
        )
    )
    def get(self, call: Call, client_id: str) -> Answer:
        """The keys, also those that ended."""
        return Answer({"items": [_told(key) for key in visible_keys(call.actor, client_id)]})

    @operation(
        Operation(
            scope="user.manage",
            name="client_keys_create",
            summary=_("Give a client system a key to sign with"),
            fresh=True,
            description=_(
                "Registers an SM2 public key, or makes a shared key for HMAC-SM3 and tells it once. A second person "
                "agrees first; then who asked collects a shared key."
            ),
            tag="clients",
            body=NewKeyFields,
            answer=MadeKeyFields,
            status=201,
            idempotent=True,
            may_wait=True,
            refusals=("client.not_found", "client.key_id", "client.key_exists", "client.public_key"),
        )
    )
    def post(self, call: Call, client_id: str) -> Answer:
        """The new key, or the change request that waits for it."""
        key_id, public = call.data["key_id"], call.data.get("public_key")
        reason = call.data.get("change_reason", "")
        done = client_requests.add_key(call.actor, client_id, key_id, public or "", reason=reason, at=call.at)
        return answered(call, done, _made)


class ClientKeyRevokeView(ApiView):
    """`/api-clients/{client_id}/keys/{key_id}:revoke`."""

    @operation(
        Operation(
            scope="user.manage",
            name="client_keys_revoke",
            summary=_("End a key of a client system"),
            tag="clients",
            answer=KeyFields,
            idempotent=True,
            refusals=("client.not_found", "client.key_unknown"),
        )
    )
    def post(self, call: Call, client_id: str, key_id: str) -> Answer:
        """The key, ended."""
        return Answer(_told(client_proof.revoke_key(call.actor, client_id, key_id, at=call.at)))


class ClientLimitView(ApiView):
    """`/api-clients/{client_id}:limit`."""

    @operation(
        Operation(
            scope="user.manage",
            name="clients_limit",
            summary=_("Limit a client system"),
            fresh=True,
            description=_(
                "From which networks, how often a minute, and whether it has to sign. What only tightens holds at "
                "once; what lets more in needs a reason and waits for a second person."
            ),
            tag="clients",
            body=LimitFields,
            answer=ClientFields,
            idempotent=True,
            may_wait=True,
            refusals=("client.not_found", "client.network", "reason.missing"),
        )
    )
    def post(self, call: Call, client_id: str) -> Answer:
        """The client, limited, or the change request that waits."""
        told = dict(call.data)
        reason = told.pop("change_reason", "")
        done = client_requests.limit(call.actor, client_id, reason=reason, at=call.at, **told)
        return answered(call, done, lambda client: Answer(told_client(client)))


def _made(made: client_proof.NewKey) -> Answer:
    return Answer({**_told(made.key), "secret": made.secret or None}, hidden=("secret",))


def _told(key: ClientKey) -> Json:
    return {
        "key_id": key.key_id,
        "algorithm": key.algorithm,
        "valid_from": key.valid_from,
        "valid_to": key.valid_to,
        "revoked_at": key.revoked_at,
    }
