"""What loads and runs look like over REST."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.fields import Day, Fields, Text


class LoadRunOrderFields(Fields):
    """A file to be loaded."""

    file = serializers.FileField(
        allow_empty_file=True, help_text=_("The data file, as the layout describes it; up to 64 MB.")
    )
    control = serializers.FileField(
        required=False, help_text=_("Its control file, where the layout asks for one.")
    )
    layout = Text(max_length=40, help_text=_("Name of the layout."))
    mode = serializers.ChoiceField(
        ["full", "delta"], required=False, help_text=_("As the control file says unless told.")
    )
    business_date = Day(required=False, help_text=_("As the control file says, or today, unless told."))


class RunFilterFields(Fields):
    """Which runs."""

    job = Text(required=False, max_length=60, help_text=_("Name of the job."))


class ProgressFields(Fields):
    """How far a run is."""

    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    share = serializers.FloatField(allow_null=True, help_text=_("0 to 1; null where the whole is not known."))
    step = serializers.CharField(allow_blank=True)


class RunProblemFields(Fields):
    """Why a run failed, or a place that made it fail."""

    code = serializers.CharField()
    text = serializers.CharField()
    pointer = serializers.CharField(allow_null=True)


class RunFields(Fields):
    """A run."""

    id = serializers.IntegerField()
    job = serializers.CharField()
    state = serializers.CharField(
        help_text=_("WAITING, RUNNING; at the end SUCCEEDED, PARTIAL, FAILED or CANCELLED.")
    )
    business_date = serializers.DateField(allow_null=True)
    layout = serializers.CharField(allow_null=True)
    file = serializers.CharField(allow_null=True)
    mode = serializers.CharField(allow_null=True)
    progress = ProgressFields()
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("Rows by what became of them.")
    )
    problems = RunProblemFields(many=True)
    started_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
