"""`/customer-exports`: lists of customers, whole or as a saved view filters them, as sealed packages."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from customers.api.exporting import ZIP, ExportFields, Package, content, listed, ordered, standing
from customers.selectors.evidence import LISTS, sources
from customers.selectors.list_columns import MOST, groups
from customers.selectors.saved_views import view
from mdm.errors import Invalid
from mdm.rest.fields import Fields, Text, Whole
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.audit.evidence import ROWS

TAG = "customers"


class ListOrderFields(Fields):
    """Which customers to export, and why."""

    view = Whole(required=False, min_value=1, help_text=_("A saved view of customers, whose filters hold."))
    filters = serializers.DictField(
        child=Text(max_length=80), default=dict, help_text=_("As the list of customers takes them.")
    )
    text = Text(
        required=False,
        max_length=200,
        help_text=_("What would be searched for: only whom it finds; kept sealed."),
    )
    columns = serializers.ListField(
        child=Text(max_length=100),
        default=list,
        max_length=MOST,
        help_text=_("Which columns, as `/customer-export-columns` names them; those of the list for none."),
    )
    format = serializers.ChoiceField(sorted(ROWS), default="csv")
    change_reason = Text(max_length=200)


class ListExportFields(ExportFields):
    """An export of customers as it stands."""

    source_ = serializers.ChoiceField(sources(LISTS))


class ListColumnFields(Fields):
    """A column that an export may have."""

    name = serializers.CharField()
    label_ = serializers.CharField()
    facet = serializers.CharField(allow_blank=True, help_text=_("Empty for those of the list itself."))


class ListColumnsFields(Fields):
    """The columns that an export may have."""

    columns = ListColumnFields(many=True)


class ListColumnsView(ApiView):
    """`/customer-export-columns`."""

    @operation(
        Operation(
            scope=LISTS.right,
            name="customer_export_columns",
            summary=_("Columns that an export of customers may have"),
            fresh=True,
            tag=TAG,
            answer=ListColumnsFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """Every column that the caller may choose."""
        found = [
            {"name": name, "label": str(label), "facet": group.name}
            for group in groups(call.actor)
            for name, label in group.columns
        ]
        return Answer({"columns": found})


class ListExportsView(ApiView):
    """`/customer-exports`."""

    @operation(
        Operation(
            scope=LISTS.right,
            name="customer_exports_list",
            summary=_("List exports of customers"),
            fresh=True,
            tag=TAG,
            answer=ListExportFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of exports, newest first."""
        return listed(call, LISTS)

    @operation(
        Operation(
            scope=LISTS.right,
            name="customer_exports_create",
            summary=_("Export customers"),
            fresh=True,
            description=_(
                "A worker makes a sealed package with the rights that you have then, masked; each row says who "
                "asked for it. The package is destroyed after seven days."
            ),
            tag=TAG,
            body=ListOrderFields,
            answer=ListExportFields,
            status=202,
            idempotent=True,
            refusals=(
                "view.unknown",
                "view.list",
                "export.format",
                "export.column",
                "search.short",
                "filter.unknown",
                "reason.missing",
            ),
        )
    )
    def post(self, call: Call) -> Answer:
        """The waiting export."""
        filters = {**_of_view(call), **call.data["filters"]}
        return ordered(
            call, "customers", filters, columns=call.data["columns"], term=call.data.get("text", "")
        )


def _of_view(call: Call) -> dict[str, str]:
    """The filters of the view that is asked for."""
    if "view" not in call.data:
        return {}
    found = view(call.actor, call.data["view"])
    if found.of != "customers":
        raise Invalid("view.list", _("This is a view of another list."))
    return dict(found.filters)


class ListExportView(ApiView):
    """`/customer-exports/{run_id}`."""

    @operation(
        Operation(
            scope=LISTS.right,
            name="customer_exports_read",
            summary=_("Read how an export of customers stands"),
            fresh=True,
            tag=TAG,
            answer=ListExportFields,
            refusals=("run.unknown",),
        )
    )
    def get(self, call: Call, run_id: int) -> Answer:
        """The export as it stands."""
        return standing(call, run_id, LISTS)


class ListExportContentView(ApiView):
    """`/customer-exports/{run_id}/content`."""

    renderer_classes = [JSONRenderer, Package]

    @operation(
        Operation(
            scope=LISTS.right,
            name="customer_exports_content",
            summary=_("Read an export of customers"),
            fresh=True,
            description=_(
                "The package, for whom asked for it: rows, signed manifest, signature, public key."
            ),
            tag=TAG,
            media=ZIP,
            refusals=("run.unknown", "export.none", "export.gone", "export.expired"),
        )
    )
    def get(self, call: Call, run_id: int) -> Answer:
        """The package."""
        return content(call, run_id, LISTS)
