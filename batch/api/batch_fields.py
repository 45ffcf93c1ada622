"""What batches of new customers look like over REST."""

from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from batch.api.fields import ProgressFields, RunProblemFields
from batch.models import Mode, Outcome
from batch.services.batches import MOST
from customers.api.fields import bundle_fields
from mdm.rest.fields import Fields, Text, Whole

_MODES = _("tolerant creates the good rows, strict all or none, dry_run only says what would become of them.")


class _Loose(serializers.Serializer[Any]):
    """A row that is described, and taken as it is: what is wrong with one row refuses no other."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return data


@cache
def row_fields() -> type[Fields]:
    """One customer of a batch; why is told once, for all."""
    doc = {"__doc__": "A new customer of a batch.", "change_reason": None}
    return type("BatchCustomerFields", (bundle_fields(),), doc)


@cache
def _rows(name: str, **more: Any) -> Any:
    loose = type(name, (_Loose, row_fields()), {"__doc__": "A row of a batch.", **more})
    return loose(many=True, allow_empty=False, max_length=MOST)


class BatchOrderFields(Fields):
    """Customers to be created."""

    mode = serializers.ChoiceField(Mode.choices, help_text=_MODES)
    change_reason = Text(required=False, max_length=200, help_text=_("Why; kept in the history."))
    rows = _rows("BatchRowTellFields")


class BatchUploadFields(Fields):
    """Customers to be created, in a file."""

    file = serializers.FileField(
        allow_empty_file=True,
        help_text=_(
            "NDJSON (a row as in “batch-create” on each line), CSV, or a workbook (xlsx): see the template."
        ),
    )
    mode = serializers.ChoiceField(Mode.choices, help_text=_MODES)
    source_system = Text(
        required=False,
        max_length=32,
        help_text=_("As which source you write; your own client id unless told."),
    )
    change_reason = Text(required=False, max_length=200, help_text=_("Why; kept in the history."))


class BatchApplyFields(Fields):
    """How a trial is carried out."""

    mode = serializers.ChoiceField([Mode.TOLERANT.value, Mode.STRICT.value], help_text=_MODES)


class BatchCorrectFields(Fields):
    """Corrected rows in the place of rejected ones."""

    rows = _rows(
        "BatchRowCorrectFields",
        row=Whole(
            required=False,
            min_value=1,
            max_value=MOST,
            help_text=_("The number of the rejected row; found by its key unless told."),
        ),
    )


class BatchFields(Fields):
    """A batch of new customers."""

    id = serializers.IntegerField()
    run = serializers.IntegerField(help_text=_("The run that works on it, or did last."))
    state = serializers.CharField(
        help_text=_("WAITING, RUNNING; at the end SUCCEEDED, PARTIAL, FAILED or CANCELLED.")
    )
    mode = serializers.CharField()
    form = serializers.CharField(help_text=_("json, ndjson or table."))
    rows = serializers.IntegerField()
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("Rows by what became of them.")
    )
    progress = ProgressFields()
    problems = RunProblemFields(many=True)
    sent_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class BatchRowFilterFields(Fields):
    """Which rows."""

    outcome = serializers.ChoiceField(Outcome.choices, required=False)
    source_key = Text(required=False, max_length=120, help_text=_("Your own key: the external reference."))


class BatchErrorFields(Fields):
    """Why a row was rejected."""

    field = serializers.CharField(
        allow_blank=True,
        help_text=_("JSON Pointer into the row, or the column of the table; empty for the row."),
    )
    code = serializers.CharField()
    text = serializers.CharField(help_text=_("The same for people; never holds the value."))


class BatchFindingFields(BatchErrorFields):
    """A rule that a row does not keep, though it was saved."""

    severity = serializers.CharField()


class BatchSuspectFields(Fields):
    """A customer that may be the same one."""

    customer_no = serializers.CharField(
        allow_null=True, help_text=_("Null where it is outside your branches, or was only tried.")
    )
    rule = serializers.CharField(help_text=_("The rule that found it."))
    outcome = serializers.CharField(help_text=_("How sure the rule is."))


class BatchRowFields(Fields):
    """What became of a row; of a dry run, what would."""

    number = serializers.IntegerField(help_text=_("Its place in what was sent, from 1."))
    source_key = serializers.CharField(allow_blank=True, help_text=_("Your own key: the external reference."))
    outcome = serializers.ChoiceField(
        Outcome.choices,
        help_text=_(
            "CREATED; SUSPECT: created, and it may be a duplicate; EXISTING: known and unchanged; REJECTED; "
            "WAITING: not done, or held back by another row; CANCELLED."
        ),
    )
    customer_no = serializers.CharField(
        allow_null=True, help_text=_("Null where there is none, or it is outside your branches.")
    )
    duplicate_of = serializers.IntegerField(
        allow_null=True, help_text=_("The earlier row of this batch that tells of the same.")
    )
    errors_ = BatchErrorFields(many=True)
    findings = BatchFindingFields(many=True)
    suspects = BatchSuspectFields(many=True)
