"""What the operation log and its verifications look like over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Fields, Text


class OperationFilterFields(Fields):
    """Which operations."""

    actor = Text(required=False, max_length=80, help_text=_("Name of the user, client or system."))
    branch = Text(required=False, max_length=20, help_text=_("Code of the branch."))
    customer_id = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    action = Text(required=False, max_length=60)
    channel = Text(required=False, max_length=20)
    code = Text(required=False, max_length=60, help_text=_("Code of a refusal."))
    result = serializers.ChoiceField(["refused"], required=False)
    kind = serializers.ChoiceField(["seen"], required=False, help_text=_("Customers shown to somebody."))
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class OperationFields(Fields):
    """One operation."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    branch = serializers.CharField(allow_null=True)
    channel = serializers.CharField()
    address = serializers.CharField(allow_null=True)
    request_id = serializers.CharField()
    action = serializers.CharField()
    subject = serializers.CharField()
    object_id = serializers.IntegerField(allow_null=True)
    customer_id = serializers.IntegerField(allow_null=True)
    details = serializers.JSONField(help_text=_("Names of fields, counts; never values."))
    reason = serializers.CharField()
    result = serializers.CharField()
    code = serializers.CharField()


class BrokenPlaceFields(Fields):
    """One broken place."""

    seal = serializers.IntegerField(help_text=_("0 for the log as a whole."))
    what = serializers.CharField()
    row = serializers.IntegerField(required=False, help_text=_("The operation, where it can be told."))


class VerificationFields(Fields):
    """One verification of the log."""

    at = serializers.DateTimeField()
    actor = serializers.CharField()
    seals = serializers.IntegerField()
    checked = serializers.IntegerField()
    unsealed = serializers.IntegerField()
    checkpoints = serializers.IntegerField()
    broken = serializers.IntegerField()
    findings = BrokenPlaceFields(many=True)
    seconds = serializers.FloatField()


class AskedFields(Fields):
    """A verification that a worker does."""

    asked_at = serializers.DateTimeField()


class IntegrityFields(Fields):
    """How the log stands."""

    log = serializers.CharField(allow_null=True)
    seal = serializers.IntegerField(allow_null=True, help_text=_("Number of the newest seal."))
    sealed = serializers.IntegerField()
    waiting_seconds = serializers.FloatField(help_text=_("Age of the oldest operation without a seal."))
    alarm = serializers.BooleanField()
    verifications = VerificationFields(many=True)
