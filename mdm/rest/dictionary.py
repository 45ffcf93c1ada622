"""The model dictionary over REST: read, compared, and attributes asked for."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.dictionary import defining, versions
from mdm.dictionary.content import TOLD, definition
from mdm.extension.kinds import Kind
from mdm.extension.models import AttributeDefinition
from mdm.rest import pages
from mdm.rest.approvals import answered
from mdm.rest.etags import telling_version
from mdm.rest.fields import Day, Fields, Flag, Text, Whole
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "dictionary"
_FAULTS = (
    "attribute.facet",
    "attribute.member",
    "attribute.choice",
    "attribute.name",
    "attribute.reserved",
    "attribute.name_taken",
    "attribute.label",
    "attribute.label_taken",
    "attribute.length",
    "attribute.pattern",
    "attribute.flag",
    "attribute.limit",
    "attribute.validity",
    "attribute.codes",
    "attribute.code_used",
    "attribute.kind_fixed",
    "attribute.column",
    "attribute.column_taken",
    "attribute.column_row",
)


class DictionaryFields(Fields):
    """The dictionary as it is now."""

    version = serializers.IntegerField(help_text=_("0 where the bank has added nothing yet."))
    subjects = serializers.DictField()
    facets = serializers.DictField(
        help_text=_("Each with its fields: labels, type, code list, whether masked.")
    )
    codes = serializers.DictField()
    attributes = serializers.DictField(
        help_text=_("Definitions by “facet.x_name”, those that have ended too.")
    )


class DictionaryVersionFields(Fields):
    """One version."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField()
    reason = serializers.CharField()
    about = serializers.CharField(help_text=_("The attribute that was added or changed."))


class ComparedFields(Fields):
    """Which two versions."""

    one = serializers.IntegerField(min_value=0, max_value=10**9, help_text=_("0: the product as shipped."))
    other = serializers.IntegerField(min_value=0, max_value=10**9)


class DictionaryDifferenceFields(Fields):
    """One place that differs."""

    place = serializers.CharField(help_text=_("JSON Pointer into the dictionary."))
    before = serializers.JSONField(help_text=_("Null where there is nothing."))
    after = serializers.JSONField(help_text=_("Null where there is nothing."))


class DictionaryDifferencesFields(Fields):
    """What differs."""

    differences = DictionaryDifferenceFields(many=True)


class FileColumnFields(Fields):
    """Where a file tells an attribute."""

    column = Text(max_length=60)
    slot = Text(required=False, max_length=40, help_text=_("Which row, as the layout names it: MOBILE."))


class AttributeMemberFields(Fields):
    """What a definition says."""

    kind = serializers.ChoiceField(Kind.values)
    label_zh = Text(max_length=40)
    label_en = Text(max_length=60)
    length = Whole(required=False, min_value=1, max_value=2000)
    minimum = Text(required=False, allow_blank=True, max_length=24)
    maximum = Text(required=False, allow_blank=True, max_length=24)
    pattern = Text(required=False, allow_blank=True, max_length=200)
    code_list = Text(required=False, allow_blank=True, max_length=40)
    codes = Text(
        required=False,
        allow_blank=True,
        max_length=4000,
        help_text=_("CODE|Chinese|English[|from[|until]], one a line."),
    )
    required_ = Flag(required=False)
    severity = serializers.ChoiceField(["WARN", "BLOCK"], required=False)
    mask = Text(required=False, allow_blank=True, max_length=20)
    searchable = Flag(required=False)
    valid_from = Day(required=False)
    valid_to = Day(required=False, allow_null=True)
    columns = serializers.DictField(child=FileColumnFields(), required=False)


class AttributeFields(AttributeMemberFields):
    """A definition; what is left out is as for a new attribute."""

    facet = Text(max_length=40)
    name = Text(max_length=30)


class AttributeAskFields(AttributeFields):
    """A definition, and why."""

    change_reason = Text(max_length=200, help_text=_("Why; kept in the history."))


class AttributeChangeFields(AttributeMemberFields):
    """What shall be another in a definition (RFC 7396), and why."""

    change_reason = Text(max_length=200, help_text=_("Why; kept in the history."))
    kind = serializers.ChoiceField(Kind.values, required=False)
    label_zh = Text(required=False, max_length=40)
    label_en = Text(required=False, max_length=60)


class DefinedFields(Fields):
    """An attribute as it stands."""

    facet = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.DictField()


class ImpactFields(Fields):
    """What would come of a definition: counts over all customers."""

    rows = serializers.IntegerField(help_text=_("Entries of the facet in force."))
    customers = serializers.IntegerField()
    held = serializers.IntegerField(help_text=_("Entries with a value."))
    broken = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("By rule, entries that would break it.")
    )
    whole = serializers.BooleanField(
        help_text=_(
            "Whether every entry with attributes was looked at; else “held” and “broken” are estimated."
        )
    )
    looked_at = serializers.IntegerField(help_text=_("Entries with attributes that were looked at."))
    layouts = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.CharField())
    rules = serializers.ListField(child=serializers.CharField())
    issues = serializers.IntegerField()


class DictionaryView(ApiView):
    """`/dictionary`."""

    @operation(
        Operation(
            scope=versions.VIEW,
            name="dictionary_get",
            summary=_("The model dictionary"),
            description=_("Subjects, facets, fields, code lists, and the attributes that the bank added."),
            tag=TAG,
            answer=DictionaryFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """All of it."""
        return Answer(versions.now_told(call.actor, at=call.at))


class VersionsView(ApiView):
    """`/dictionary/versions`."""

    @operation(
        Operation(
            scope=versions.VIEW,
            name="dictionary_versions_list",
            summary=_("Versions of the model dictionary"),
            tag=TAG,
            answer=DictionaryVersionFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page, newest first."""
        found = versions.versions(call.actor, at=call.at, after=pages.after(call), size=pages.page_size(call))
        told = ("number", "at", "by", "reason", "about")
        return pages.page(
            call, [{name: getattr(row, name) for name in told} for row in found.rows], found.next
        )


class DifferencesView(ApiView):
    """`/dictionary/differences`."""

    @operation(
        Operation(
            scope=versions.VIEW,
            name="dictionary_compare",
            summary=_("What differs from one version of the model dictionary to another"),
            tag=TAG,
            query=ComparedFields,
            answer=DictionaryDifferencesFields,
            refusals=("dictionary.version",),
        )
    )
    def get(self, call: Call) -> Answer:
        """Every place."""
        found = versions.compared(call.actor, call.query["one"], call.query["other"], at=call.at)
        return Answer({"differences": [asdict(one) for one in found]})


class AttributesView(ApiView):
    """`/dictionary/attributes`."""

    @operation(
        Operation(
            scope=defining.RIGHT,
            name="attributes_ask",
            summary=_("Add an attribute"),
            description=_("It takes part everywhere as soon as a second person has agreed."),
            tag=TAG,
            body=AttributeAskFields,
            answer=DefinedFields,
            status=201,
            idempotent=True,
            may_wait=True,
            versioned=True,
            refusals=(*_FAULTS, "attribute.exists", "reason.missing"),
        )
    )
    def post(self, call: Call) -> Answer:
        """Ask for it."""
        facet, name, told = _told(call.data)
        reason = call.data["change_reason"]
        done = defining.change(call.actor, facet, name, told, reason=reason, at=call.at, version=0)
        return answered(call, done, _defined)


class AttributeView(ApiView):
    """`/dictionary/attributes/{facet}/{name}`."""

    @operation(
        Operation(
            scope=defining.RIGHT,
            name="attributes_read",
            summary=_("Read the definition of an attribute"),
            tag=TAG,
            answer=DefinedFields,
            versioned=True,
            refusals=("attribute.unknown",),
        )
    )
    def get(self, call: Call, facet: str, name: str) -> Answer:
        """As it stands."""
        return _defined(defining.attribute(call.actor, facet, name))

    @operation(
        Operation(
            scope=defining.RIGHT,
            name="attributes_change",
            summary=_("Change or end an attribute"),
            description=_(
                "What is left out stays; “valid_to” ends it. It holds as soon as a second person agrees."
            ),
            tag=TAG,
            body=AttributeChangeFields,
            answer=DefinedFields,
            may_wait=True,
            conditional=True,
            versioned=True,
            refusals=(*_FAULTS, "attribute.unknown", "row.stale", "reason.missing"),
        )
    )
    def patch(self, call: Call, facet: str, name: str) -> Answer:
        """Ask for it."""
        row = defining.attribute(call.actor, facet, name)
        told, reason = {**definition(row), **_plain(call.data)}, call.data["change_reason"]
        with telling_version(lambda: defining.version_of(row)):
            done = defining.change(
                call.actor, facet, name, told, reason=reason, at=call.at, version=call.version
            )
        return answered(call, done, _defined)


def _defined(row: AttributeDefinition) -> Answer:
    told = {"facet": row.facet, "name": row.name, "definition": definition(row)}
    return Answer(told, version=defining.version_of(row))


class ImpactView(ApiView):
    """`/dictionary/attributes:preview`."""

    @operation(
        Operation(
            scope=defining.RIGHT,
            name="attributes_preview",
            summary=_("What would come of an attribute"),
            tag=TAG,
            body=AttributeFields,
            answer=ImpactFields,
            idempotent=True,
            refusals=_FAULTS,
        )
    )
    def post(self, call: Call) -> Answer:
        """Counts; nothing is asked for yet."""
        facet, name, told = _told(call.data)
        return Answer(asdict(defining.foreseen(call.actor, facet, name, told, at=call.at)))


def _told(data: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The facet, the name, the definition with what was left out as for a new attribute."""
    return data["facet"], data["name"], {**defining.blank(), **_plain(data)}


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a definition, JSON-ready."""
    told = {name: data[name] for name in TOLD if name in data}
    return {n: v.isoformat() if hasattr(v, "isoformat") else v for n, v in told.items()}
