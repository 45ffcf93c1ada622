"""What change requests look like over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.approvals import WaitingFields
from mdm.rest.fields import Fields


class RequestFields(WaitingFields):
    """A change request in a list."""

    target = serializers.CharField(help_text=_("What it is about, by ids."))
    org = serializers.CharField(allow_blank=True, help_text=_("Code of the branch."))
    maker = serializers.CharField(help_text=_("Who asked."))
    round = serializers.IntegerField(help_text=_("How often it was submitted."))
    level = serializers.IntegerField(help_text=_("1 at first; one more with each escalation."))
    fields_ = serializers.ListField(child=serializers.CharField(), help_text=_("Fields at stake."))
    reason = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)


class DifferenceFields(Fields):
    """One field before and after, masked for the caller."""

    label_ = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)
    now = serializers.CharField(allow_blank=True, help_text=_("What stands now, where it has changed since."))
    changed_since = serializers.BooleanField()
    hidden = serializers.BooleanField(help_text=_("Both sides look the same under the mask but differ."))


class StepFields(Fields):
    """One step of a request."""

    move = serializers.CharField()
    round = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    for_whom = serializers.CharField(allow_null=True, help_text=_("In whose stead."))
    reason = serializers.CharField(allow_blank=True)


class ApprovalsFields(Fields):
    """How many have agreed."""

    needed = serializers.IntegerField()
    given = serializers.IntegerField()


class RequestLineFields(RequestFields):
    """A change request with its difference and its steps."""

    title = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    difference = DifferenceFields(many=True)
    approvals = ApprovalsFields()
    may_decide = serializers.BooleanField(help_text=_("Whether you may decide it."))
    steps = StepFields(many=True)
