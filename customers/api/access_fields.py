"""Bodies of unmasking, explaining access, protecting and sharing."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Fields, Text, Whole
from security.access.causes import CAUSES


class RevealFields(Fields):
    """Which clear values, and why."""

    facet = Text(max_length=60, help_text=_("The kind of entry, such as “phone”."))
    row_id = Whole(min_value=1, max_value=2**63 - 1)
    fields_ = serializers.ListField(child=Text(max_length=60), min_length=1, max_length=10)
    cause = Text(max_length=20, help_text=", ".join(CAUSES))
    reason = Text(max_length=160, help_text=_("At least five characters; without the value itself."))
    document = Text(
        max_length=30, required=False, help_text=_("Of a court's or regulator's inquiry, or the ticket.")
    )


class RevealedFields(Fields):
    """Clear values, for the moment."""

    values_ = serializers.DictField(help_text=_("Field → clear value."))
    until = serializers.DateTimeField(help_text=_("Show them no longer than this."))
    watermark = serializers.CharField(help_text=_("To be shown with them."))
    quota_left = serializers.IntegerField(help_text=_("How often more today."))


class AskedFields(Fields):
    """Whose access to explain."""

    user = Text(max_length=150)
    field_ = Text(max_length=121, required=False, help_text=_("As facet.field: phone.number"))


class AccessStepFields(Fields):
    """One thing that was looked at."""

    what = serializers.CharField()
    lets = serializers.BooleanField(help_text=_("Whether it lets the user through."))
    why = serializers.CharField()


class ExplainedFields(Fields):
    """Why a user sees a customer or not."""

    sees = serializers.BooleanField()
    answer = serializers.CharField(help_text=_("In one sentence."))
    profile = serializers.CharField(help_text=_("How sensitive values are masked."))
    hidden = serializers.BooleanField(help_text=_("Whether the field is not shown at all."))
    steps = AccessStepFields(many=True)


class MarkFields(Fields):
    """Protect a customer, or name a user for it."""

    kind = serializers.ChoiceField(choices=["PROTECTED", "MANAGER", "KIN"])
    value = Text(
        max_length=150, help_text=_("A kind of protection (STAFF, VIP, PEP, COURT, OTHER), else a user name.")
    )
    change_reason = Text(max_length=200)


class MarkedFields(Fields):
    """A mark."""

    kind = serializers.CharField()
    since = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ShareFields(Fields):
    """Open a customer to a user or group, or close it."""

    to = Text(max_length=150, help_text=_("A user name, or “group:” and the name of a group."))
    effect = serializers.ChoiceField(choices=["OPEN", "OPEN_TO_CHANGE", "CLOSE"])
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    change_reason = Text(max_length=200)


class SharedFields(Fields):
    """What holds now."""

    to = serializers.CharField()
    effect = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)


class UnshareFields(Fields):
    """End an exception."""

    to = Text(max_length=150)
    effect = serializers.ChoiceField(choices=["OPEN", "OPEN_TO_CHANGE", "CLOSE"])
    change_reason = Text(max_length=200)
