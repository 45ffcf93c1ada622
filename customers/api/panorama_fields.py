"""How the panorama and the history look over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.survivorship import Why
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


class TellerFields(Fields):
    """Whose row it is, and who verified and changed it."""

    customer_no = serializers.CharField()
    verified_at = serializers.CharField(allow_null=True)
    verified_by = serializers.CharField(allow_blank=True)
    verified_how = serializers.CharField(allow_blank=True)
    updated_at = serializers.CharField()
    updated_by = serializers.CharField()


class SourceFields(TellerFields):
    """Where a row comes from."""

    system = serializers.CharField()
    key = serializers.CharField()


class ValueFields(Fields):
    """A value and how people read it; masked where sensitive."""

    value = serializers.JSONField()
    text = serializers.CharField(allow_blank=True)
    source_ = serializers.IntegerField(
        required=False, help_text=_("Which of the sources the value comes from; the first unless told.")
    )
    why = serializers.ChoiceField(
        Why.choices, required=False, help_text=_("Why it won; as the row unless told.")
    )


class PanoramaRowFields(TellerFields):
    """One row as shown, with every source that says it, the best first."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    status = serializers.CharField()
    valid_from = serializers.CharField(allow_null=True, help_text=_("Since when it is so; null for ever."))
    values = serializers.DictField(child=ValueFields())
    sources = SourceFields(many=True)
    why = serializers.ChoiceField(Why.choices, help_text=_("Why the first source is the best."))


class PanoramaFacetFields(Fields):
    """One facet with its rows."""

    name = serializers.CharField()
    label_ = serializers.CharField()
    multiple = serializers.BooleanField()
    fields_ = ColumnFields(many=True)
    rows = PanoramaRowFields(many=True)


class MissingFields(Fields):
    """Something the rules ask for that is not there, and the facet in which it is entered."""

    facet = serializers.CharField()
    label_ = serializers.CharField()


class CompletenessFields(Fields):
    """How much the rules ask of a subject and how much of it is there."""

    asked = serializers.IntegerField()
    there = serializers.IntegerField()
    missing = MissingFields(many=True)


class PanoramaSubjectFields(Fields):
    """One subject with its facets, how many rows it has and how complete it is."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    label_ = serializers.CharField()
    count = serializers.IntegerField()
    completeness = CompletenessFields()
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
    approved_by = serializers.ListField(
        child=serializers.CharField(), help_text=_("Who approved it, where it took two.")
    )
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


class TellingFields(SourceFields):
    """A value as one source tells it, masked where sensitive."""

    value = serializers.JSONField()
    text = serializers.CharField(allow_blank=True)


class FieldProvenanceFields(ColumnFields):
    """A field, all who tell it (the one that holds first), and why it holds."""

    why = serializers.ChoiceField(Why.choices)
    told = TellingFields(many=True)


class RowProvenanceFields(Fields):
    """One row as the panorama shows it, field by field."""

    id = serializers.IntegerField()
    fields_ = FieldProvenanceFields(many=True)


class FacetProvenanceFields(Fields):
    """The rows of a facet."""

    name = serializers.CharField()
    label_ = serializers.CharField()
    rows = RowProvenanceFields(many=True)


class ProvenanceFields(Fields):
    """Where each value of a customer comes from."""

    customer_no = serializers.CharField()
    facets = FacetProvenanceFields(many=True)


class ProvenanceQueryFields(Fields):
    """What of a customer is looked at."""

    facet = serializers.CharField(required=False, max_length=40, help_text=_("One facet; all unless told."))
