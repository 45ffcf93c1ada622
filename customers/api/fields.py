"""What customers look like over REST; what comes from models is derived in `mdm.rest.facets`."""

from functools import cache

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.facets import member, new_row_fields, row_fields
from mdm.rest.fields import Fields, Text, Whole
from mdm.subjects import registry

#: What a bundle tells once, at its head.
HEAD = frozenset({"party_type"})
NUMBER = _("The bank-wide customer number.")


@cache
def bundle_fields() -> type[Fields]:
    """A new customer: its source record with every registered facet."""
    facets = {
        member(facet): new_row_fields(facet, HEAD)(many=facet.multiple, required=False, allow_null=True)
        for facet in registry.facets()
        if facet.told
    }
    head = {
        "source_system": Text(
            required=False,
            max_length=32,
            help_text=_("As which source you write; your own client id unless told."),
        ),
        "source_key": Text(max_length=120, help_text=_("The key of this customer in your system.")),
        "party_type": Text(max_length=20, help_text=_("PERSON, or a kind of organisation.")),
        "change_reason": Text(required=False, max_length=200, help_text=_("Why; kept in the history.")),
    }
    doc = {"__doc__": "A new customer as one source tells it."}
    return type("NewCustomerFields", (Fields,), {**doc, **head, **facets})


@cache
def customer_fields() -> type[Fields]:
    """A customer's own row."""
    more = {
        "customer_no": serializers.CharField(help_text=NUMBER),
        "redirected_from": serializers.CharField(
            allow_null=True, help_text=_("The number that was asked for, where it was merged into this one.")
        ),
        "org": serializers.CharField(help_text=_("Code of the managing branch.")),
        "members": serializers.ListField(
            child=serializers.CharField(), help_text=_("Numbers that were merged into this one.")
        ),
    }
    doc = {"__doc__": "A customer's own row."}
    return type("CustomerFields", (row_fields(registry.facet("customer")),), {**doc, **more})


class SuspectFields(Fields):
    """A customer that may be the same one."""

    customer_no = serializers.CharField(
        allow_null=True, help_text=_("Null where it is outside your branches.")
    )
    org = serializers.CharField(help_text=_("Code of its branch, where you may see it."))
    rule = serializers.CharField(help_text=_("The rule that found it."))
    outcome = serializers.CharField(help_text=_("How sure the rule is."))
    visible = serializers.BooleanField()


class FindingFields(Fields):
    """A rule that what was sent does not keep, though it was saved."""

    pointer = serializers.CharField()
    rule = serializers.CharField()
    severity = serializers.CharField()
    text = serializers.CharField()


class OnboardedFields(Fields):
    """What became of a new customer."""

    customer_no = serializers.CharField(help_text=NUMBER)
    outcome = serializers.CharField(
        help_text=_("CREATED; SUSPECT: created, and it may be a duplicate; EXISTING: known and unchanged.")
    )
    suspects = SuspectFields(many=True)
    findings = FindingFields(many=True)


class MatchCheckFields(Fields):
    """Who may be the one at hand."""

    suspects = SuspectFields(many=True)


class KnownFields(Fields):
    """What else is known of whom one searches for: it narrows whom the text finds."""

    born = Text(
        required=False, max_length=20, help_text=_("Birth date, month or year: 1980-05-12, 198005, 1980.")
    )
    ends = Text(
        required=False, max_length=4, help_text=_("Last four signs of a document or telephone number.")
    )
    phone = Text(required=False, max_length=11, help_text=_("Beginning of a telephone number."))
    place = Text(required=False, max_length=40, help_text=_("Province, city or district of an address."))
    branch = Text(required=False, max_length=20, help_text=_("Code of the managing branch."))


class SearchFields(Fields):
    """What to search for: in the body, so that it stands in no log."""

    text = Text(
        min_length=2, max_length=200, help_text=_("A number, document, telephone, e-mail, name or pinyin.")
    )
    known = KnownFields(required=False)
    size = Whole(required=False, min_value=1, max_value=50, default=20)


class InterpretationFields(Fields):
    """One way in which the text was read."""

    kind = serializers.CharField()
    label_ = serializers.CharField()


class HitFields(Fields):
    """A customer that was found, masked for the caller."""

    customer_no = serializers.CharField(help_text=NUMBER)
    display_name = serializers.CharField()
    party_type = serializers.CharField()
    org = serializers.CharField()
    credential = serializers.CharField()
    status = serializers.CharField()


class SearchResultFields(Fields):
    """Who was found."""

    interpretations = InterpretationFields(many=True)
    hits = HitFields(many=True)
    more = serializers.BooleanField(help_text=_("Whether there are more than were given."))


class CustomerFilterFields(Fields):
    """What a list may be narrowed by."""

    party_type = Text(required=False, max_length=20)
    lifecycle_status = Text(required=False, max_length=12)
    org = Text(required=False, max_length=20, help_text=_("Code of the managing branch."))


class HistoryFilterFields(Fields):
    """What a history may be narrowed by."""

    facet = Text(required=False, max_length=30, help_text=_("Name of the facet."))
    field = Text(required=False, max_length=60, help_text=_("Name of a field that differs."))
    actor = Text(required=False, max_length=80, help_text=_("Who changed it."))
    source_ = Text(required=False, max_length=32, help_text=_("Source system."))
    channel = Text(required=False, max_length=20)
    request = Text(required=False, max_length=64, help_text=_("Id of the request."))
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class RowFilterFields(Fields):
    """Which rows of a facet."""

    ended = serializers.ChoiceField(
        ["true", "false"], required=False, help_text=_("“true” lists rows that have ended too.")
    )


class EndFields(Fields):
    """Why a row ends."""

    change_reason = Text(max_length=200, help_text=_("Why; kept in the history."))
