"""What duplicate cases look like over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.api.fields import HitFields
from mdm.rest.fields import Fields, Text


class CaseFilterFields(Fields):
    """Which cases."""

    outcome = Text(required=False, max_length=2, help_text=_("Class of the case, for example A2 or B."))


class CaseFields(Fields):
    """Two customers that may be the same one, for a person to decide."""

    id = serializers.IntegerField()
    outcome = serializers.CharField(help_text=_("Class of the case."))
    rule = serializers.CharField(help_text=_("The rule that found it."))
    veto = serializers.CharField(allow_blank=True, help_text=_("What speaks against it."))
    score = serializers.FloatField(help_text=_("0 to 1."))
    state = serializers.CharField()
    opened_at = serializers.DateTimeField()
    customer = HitFields()
    other = HitFields()
