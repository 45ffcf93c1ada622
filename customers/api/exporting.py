"""`/changes` and `/log-exports`: who changed what of whom, and sealed exports of it and of the operation log."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from customers.api.panorama_fields import ChangeFields
from customers.selectors.changes import VIEW, changes
from customers.selectors.evidence import LOG, Kind, sources
from customers.services import exporting
from mdm.rest import pages
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from mdm.runs import JobRun
from security.audit.evidence import ROWS

TAG = "audit"
ZIP = "application/zip"
#: Seconds after which a caller looks again.
RETRY_AFTER = "2"


class ChangeFilterFields(Fields):
    """Which changes."""

    actor = Text(required=False, max_length=80, help_text=_("Who changed it."))
    customer = Text(required=False, max_length=20, help_text=_("Customer number."))
    facet = Text(required=False, max_length=30, help_text=_("Name of the facet."))
    field = Text(required=False, max_length=60, help_text=_("Name of a field that differs."))
    source_ = Text(required=False, max_length=30, help_text=_("Source system."))
    channel = Text(required=False, max_length=20)
    reason = Text(required=False, max_length=200, help_text=_("A part of the reason."))
    request = Text(required=False, max_length=64, help_text=_("Id of the request."))
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class CustomerChangeFields(ChangeFields):
    """One change of one row of a customer."""

    customer_no = serializers.CharField()


class ExportOrderFields(Fields):
    """What to export, and why."""

    source_ = serializers.ChoiceField(sources(LOG))
    format = serializers.ChoiceField(sorted(ROWS), default="csv")
    filters = serializers.DictField(
        child=Text(max_length=200), default=dict, help_text=_("As the list of the same name takes them.")
    )
    change_reason = Text(max_length=200)


class ExportFields(Fields):
    """An export as it stands."""

    id = serializers.IntegerField()
    source_ = serializers.ChoiceField(sources(LOG))
    format = serializers.ChoiceField(sorted(ROWS))
    filters = serializers.DictField(child=serializers.CharField())
    columns = serializers.ListField(
        child=serializers.CharField(), help_text=_("Those that were chosen; none for the usual ones.")
    )
    of_search = serializers.BooleanField(help_text=_("Whether it is the result of a typed search."))
    reason = serializers.CharField()
    state = serializers.CharField()
    rows = serializers.IntegerField(allow_null=True)
    sm3 = serializers.CharField(allow_null=True, help_text=_("Digest of the rows, hexadecimal."))
    own = serializers.BooleanField(help_text=_("Whether the caller asked for it, and may read it."))
    problems = serializers.ListField(child=serializers.CharField(), help_text=_("Codes of what ended it."))
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ChangesView(ApiView):
    """`/changes`."""

    @operation(
        Operation(
            scope=VIEW,
            name="changes_list",
            summary=_("List changes"),
            description=_("Who changed what of whom, at your branches, newest first, masked for the caller."),
            tag=TAG,
            query=ChangeFilterFields,
            answer=CustomerChangeFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of changes."""
        filters = {name: str(value) for name, value in call.query.items()}
        found = changes(
            call.actor, at=call.at, after=pages.after(call) or "", size=pages.page_size(call), filters=filters
        )
        known = set(map(str, CustomerChangeFields().fields))
        rows = [{name: value for name, value in row.items() if name in known} for row in found.rows]
        return pages.page(call, rows, found.next or None)


class ExportsView(ApiView):
    """`/log-exports`."""

    @operation(
        Operation(
            scope=exporting.RIGHT,
            name="log_exports_list",
            summary=_("List exports of the log"),
            fresh=True,
            tag=TAG,
            answer=ExportFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of exports, newest first."""
        return listed(call, LOG)

    @operation(
        Operation(
            scope=exporting.RIGHT,
            name="log_exports_create",
            summary=_("Export the log or the changes"),
            fresh=True,
            description=_("A worker makes a sealed package; a signed manifest says what it holds."),
            tag=TAG,
            body=ExportOrderFields,
            answer=ExportFields,
            status=202,
            idempotent=True,
            refusals=("export.source", "export.format", "filter.unknown", "filter.value", "reason.missing"),
        )
    )
    def post(self, call: Call) -> Answer:
        """The waiting export."""
        return ordered(call, call.data["source"], call.data["filters"])


class ExportView(ApiView):
    """`/log-exports/{run_id}`."""

    @operation(
        Operation(
            scope=exporting.RIGHT,
            name="log_exports_read",
            summary=_("Read how an export stands"),
            fresh=True,
            tag=TAG,
            answer=ExportFields,
            refusals=("run.unknown",),
        )
    )
    def get(self, call: Call, run_id: int) -> Answer:
        """The export as it stands."""
        return standing(call, run_id, LOG)


class Package(JSONRenderer):
    """Lets callers accept the package; problems stay JSON."""

    media_type = ZIP
    format = "zip"


class ExportContentView(ApiView):
    """`/log-exports/{run_id}/content`."""

    renderer_classes = [JSONRenderer, Package]

    @operation(
        Operation(
            scope=exporting.RIGHT,
            name="log_exports_content",
            summary=_("Read an export"),
            fresh=True,
            description=_(
                "The package, for whom asked for it: rows, signed manifest, signature, public key."
            ),
            tag=TAG,
            media=ZIP,
            refusals=("run.unknown", "export.none", "export.gone"),
        )
    )
    def get(self, call: Call, run_id: int) -> Answer:
        """The package."""
        return content(call, run_id, LOG)


def listed(call: Call, kind: Kind) -> Answer:
    """A page of the exports of a kind, newest first."""
    found = exporting.exports(call.actor, kind=kind, after=pages.after(call), size=pages.page_size(call))
    return pages.page(call, [_export(call, run) for run in found.rows], found.next)


def ordered(call: Call, source: str, filters: dict[str, str], **more: Any) -> Answer:
    """The waiting export that was asked for."""
    told = call.data
    reason = told["change_reason"]
    run = exporting.order(call.actor, source, filters, told["format"], reason=reason, at=call.at, **more)
    headers = {"Retry-After": RETRY_AFTER}
    return Answer(_export(call, run), location=f"{call.request.path}/{run.pk}", headers=headers)


def standing(call: Call, run_id: int, kind: Kind) -> Answer:
    """An export as it stands."""
    run = exporting.one(call.actor, run_id, kind=kind)
    return Answer(_export(call, run), headers={} if run.final else {"Retry-After": RETRY_AFTER})


def content(call: Call, run_id: int, kind: Kind) -> Answer:
    """The package of an export."""
    stored, stream = exporting.read(call.actor, run_id, at=call.at, kind=kind)
    headers = {"Content-Disposition": f'attachment; filename="{stored.file_name}"'}
    return Answer(stream, headers=headers)


def _export(call: Call, run: JobRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        **{name: run.params[name] for name in ("source", "format", "filters", "reason")},
        "columns": run.params.get("columns", []),
        "of_search": "term" in run.params,
        "state": run.state,
        "rows": run.counts.get("rows"),
        "sm3": run.checkpoint.get("sm3"),
        "own": exporting.is_own(call.actor, run),
        "problems": [problem["code"] for problem in run.problems],
        "asked_by": run.started_by,
        "asked_at": run.created_at,
        "finished_at": run.finished_at,
    }
