"""What callers and clients look like over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Fields, Text


class CallerFields(Fields):
    """Who calls."""

    client_id = serializers.CharField()
    name = serializers.CharField()
    org = serializers.CharField(allow_null=True, help_text=_("Code of the home branch."))
    roles = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField(), help_text=_("Of the token."))
    permissions = serializers.ListField(
        child=serializers.CharField(), help_text=_("What may be done: held by a role and named by a scope.")
    )
    sources = serializers.ListField(
        child=serializers.CharField(), help_text=_("Source systems the client may write as.")
    )
    mask_profile = serializers.CharField(help_text=_("How sensitive values are shown."))
    expires_at = serializers.DateTimeField(allow_null=True)


class ClientFields(Fields):
    """A client system."""

    client_id = serializers.CharField()
    name = serializers.CharField()
    org = serializers.CharField(allow_null=True, help_text=_("Code of the home branch."))
    scopes = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField()
    networks = serializers.ListField(
        child=serializers.CharField(), help_text=_("Where it may call from; empty: anywhere.")
    )
    quota = serializers.IntegerField(allow_null=True, help_text=_("Requests a minute; null: as for all."))
    signed_only = serializers.BooleanField(help_text=_("Whether every request has to be signed."))
    expires_at = serializers.DateTimeField(allow_null=True)


class IssuedFields(ClientFields):
    """A client system with its token."""

    token = serializers.CharField(
        allow_null=True, help_text=_("Told this once; null when the request is repeated.")
    )


class NewClientFields(Fields):
    """A client system to be made."""

    client_id = Text(max_length=32, help_text=_("3 to 32 small letters, digits, hyphens and underscores."))
    name = Text(max_length=100)
    org = Text(max_length=20, help_text=_("Code of the branch it works for."))
    scopes = serializers.ListField(child=Text(max_length=60), min_length=1, max_length=50)
    answerable = Text(
        required=False,
        max_length=150,
        help_text=_("User name of the member of staff who answers for it; who answers for you, without it."),
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    change_reason = Text(required=False, max_length=200, help_text=_("Who agrees reads it."))


class RotateFields(Fields):
    """A new token is asked for."""

    change_reason = Text(required=False, max_length=200, help_text=_("Who agrees reads it."))


class CollectFields(Fields):
    """What is collected."""

    key_id = Text(required=False, max_length=40, help_text=_("A shared key; the token, without it."))


class CollectedFields(Fields):
    """A secret that was made now."""

    client_id = serializers.CharField()
    key_id = serializers.CharField(allow_null=True)
    secret = serializers.CharField(
        allow_null=True, help_text=_("The token, or the key in hex: told this once; null when repeated.")
    )
