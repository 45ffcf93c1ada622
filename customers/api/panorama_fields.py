"""How the panorama and the history look over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Fields


class CodeFields(Fields):
    """A code and what it is called."""

    code = serializers.CharField()
    label_ = serializers.CharField()


class BranchFields(Fields):
    """A branch."""

    code = serializers.CharField()
    name = serializers.CharField()


class ColumnFields(Fields):
    """A field of a facet."""

    name = serializers.CharField()
    label_ = serializers.CharField()
    sensitive = serializers.BooleanField()


class SourceFields(Fields):
    """Where a row comes from."""

    system = serializers.CharField()
    key = serializers.CharField()


class ValueFields(Fields):
    """A value and how people read it; masked where sensitive."""

    value = serializers.JSONField()
    text = serializers.CharField(allow_blank=True)


class PanoramaRowFields(Fields):
    """One row as shown, with every source that says it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    status = serializers.CharField()
    customer_no = serializers.CharField()
    values = serializers.DictField(child=ValueFields())
    sources = SourceFields(many=True)
    verified_at = serializers.CharField(allow_null=True)
    updated_at = serializers.CharField()
    updated_by = serializers.CharField()


class PanoramaFacetFields(Fields):
    """One facet with its rows."""

    name = serializers.CharField()
    label_ = serializers.CharField()
    multiple = serializers.BooleanField()
    fields_ = ColumnFields(many=True)
    rows = PanoramaRowFields(many=True)


class PanoramaSubjectFields(Fields):
    """One subject with its facets."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    label_ = serializers.CharField()
    facets = PanoramaFacetFields(many=True)


class ObligationFields(Fields):
    """Something that must be done about the customer."""

    code = serializers.CharField()
    text = serializers.CharField()
    due = serializers.CharField(allow_null=True)


class IssueFields(Fields):
    """An open data-quality issue."""

    rule = serializers.CharField()
    facet = serializers.CharField()
    field = serializers.CharField()
    severity = serializers.CharField()
    text = serializers.CharField()
    raised_at = serializers.CharField()


class QualityFields(Fields):
    """Open issues and the score they leave of 100."""

    score = serializers.IntegerField()
    issues = IssueFields(many=True)


class FieldChangeFields(Fields):
    """One field before and after, masked for the caller."""

    field = serializers.CharField()
    label_ = serializers.CharField()
    old = serializers.CharField(allow_blank=True)
    new = serializers.CharField(allow_blank=True)


class ChangeFields(Fields):
    """One change of one row."""

    history_id = serializers.IntegerField()
    at = serializers.CharField()
    actor = serializers.CharField()
    channel = serializers.CharField()
    reason = serializers.CharField()
    request_id = serializers.CharField()
    facet = serializers.CharField()
    facet_label = serializers.CharField()
    row_id = serializers.IntegerField()
    version = serializers.IntegerField()
    source_ = serializers.CharField(help_text=_("The source system whose row it is."))
    type = serializers.CharField(help_text="+ created, ~ changed")
    changes = FieldChangeFields(many=True)


class PanoramaFields(Fields):
    """Everything known of one customer."""

    customer_no = serializers.CharField()
    redirected_from = serializers.CharField(allow_null=True)
    party_type = CodeFields()
    lifecycle_status = CodeFields()
    display_name = serializers.CharField()
    org = BranchFields()
    opened_on = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    members = serializers.ListField(child=serializers.CharField())
    subjects = PanoramaSubjectFields(many=True)
    obligations = ObligationFields(many=True)
    quality = QualityFields()
    recent_changes = ChangeFields(many=True)
    cases = serializers.ListField(child=serializers.DictField())
