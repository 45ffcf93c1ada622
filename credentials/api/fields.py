"""Shapes of what systems send and read about documents."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Day, Fields, Text


class DocumentStepFields(Fields):
    """Why a document takes a step."""

    change_reason = Text(max_length=200)
    reference = Text(required=False, max_length=80, help_text=_("The issuer's notice; revoking asks for it."))


class DocumentCheckFields(Fields):
    """What a check told."""

    method = Text(max_length=16, help_text=_("A code of the list of methods of verification."))
    outcome = Text(max_length=20, help_text=_("A code of the list of outcomes of a verification."))
    source_ = Text(required=False, max_length=60, help_text=_("Who was asked."))
    reference = Text(required=False, max_length=80, help_text=_("Where the evidence is."))
    checked_at = serializers.DateTimeField(required=False, allow_null=True, help_text=_("Now unless told."))
    score = serializers.DecimalField(
        max_digits=6, decimal_places=2, required=False, allow_null=True, min_value=0, max_value=100
    )
    change_reason = Text(max_length=200)


class SuccessorFields(Fields):
    """The document that takes the place of another; what is not told is as on the old one, except for dates."""

    how = Text(max_length=10, help_text=_("RENEWED, REPLACED or UPGRADED."))
    type = Text(required=False, max_length=4)
    number = Text(required=False, max_length=60)
    issuing_country = Text(required=False, max_length=3)
    issuing_authority = Text(required=False, max_length=100)
    issue_date = Day(required=False, allow_null=True)
    expiry_date = Day(required=False, allow_null=True, help_text=_("9999-12-31 means long-term."))
    name_on_document = Text(required=False, max_length=150)
    change_reason = Text(max_length=200)


class RadarFields(Fields):
    """Documents of one branch by how near their end is."""

    org = serializers.CharField()
    name = serializers.CharField()
    expired = serializers.IntegerField(help_text=_("Past their end."))
    within_30 = serializers.IntegerField()
    within_60 = serializers.IntegerField(help_text=_("31 to 60 days."))
    within_90 = serializers.IntegerField(help_text=_("61 to 90 days."))


class RadarAnswerFields(Fields):
    """The radar."""

    branches = RadarFields(many=True)


class DueDocumentQueryFields(Fields):
    """What the work list is narrowed to."""

    band = Text(required=False, max_length=3, help_text=_("0 for expired, else 30, 60 or 90."))
    org = Text(required=False, max_length=20, help_text=_("A branch code; those below it are not counted."))


class DueDocumentFields(Fields):
    """A document that ends soon or has ended."""

    id = serializers.IntegerField()
    customer_no = serializers.CharField()
    display_name = serializers.CharField()
    org = serializers.CharField()
    type = serializers.CharField()
    number = serializers.CharField(help_text=_("Masked for the caller."))
    expiry_date = serializers.DateField()
    days = serializers.IntegerField(help_text=_("Days left; below 0 since it ended."))
    lifecycle_state = serializers.CharField()
    restricted_from = serializers.DateField(
        help_text=_("The first day of the restriction, if nothing new comes.")
    )
    picture = serializers.IntegerField(
        allow_null=True, help_text=_("The document on file that shows it, for who may see it.")
    )
    may_renew = serializers.BooleanField(help_text=_("Whether you may enter another in its place now."))
