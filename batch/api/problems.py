"""Problem types of loads and runs."""

from string import Formatter

from django.utils.translation import gettext_lazy as _

from batch.formats.errors import TEXTS, text
from mdm.rest.catalogue import ProblemType, register

#: Every reason for which a whole file is refused.
FILE_CODES = tuple(code for code in TEXTS if code.startswith("file."))


def _file_problem(code: str) -> ProblemType:
    """The type of a file's refusal; its text with dots where a figure would stand."""
    names = [name for _text, name, _spec, _how in Formatter().parse(str(TEXTS[code])) if name]
    said = text(code, **dict.fromkeys(names, "…"))
    return ProblemType(code, 422, _("The file is refused"), said)


register(
    ProblemType("layout.unknown", 404, _("No such layout"), _("Name a layout that the bank has described.")),
    ProblemType("run.unknown", 404, _("No such run"), _("Check the number of the run.")),
    ProblemType("run.busy", 409, _("Another run is at work"), _("Try again when it has ended.")),
    ProblemType("file.unusable", 503, _("File cannot be used"), _("Tell the operator the “trace_id”.")),
    ProblemType("load.file_changed", 503, _("Stored file differs"), _("Tell the operator the “trace_id”.")),
    ProblemType("creation.unknown", 404, _("No such batch"), _("Check the number of the batch.")),
    ProblemType("creation.row_unknown", 404, _("No such row"), _("The rows of a batch are numbered from 1.")),
    ProblemType("creation.size", 422, _("Too many rows, or none"), _("Send at most 1,000 rows at once.")),
    ProblemType("creation.mode", 422, _("No mode to create in"), _("Name “tolerant” or “strict”.")),
    ProblemType("creation.row", 422, _("No row to correct"), _("Correct rejected rows only, each once.")),
    ProblemType("creation.busy", 409, _("Batch at work"), _("Try again when it has ended, or cancel it.")),
    ProblemType("creation.key", 409, _("Key of another batch"), _("Send the rows under a new key.")),
    ProblemType("creation.cancelled", 409, _("Batch was cancelled"), _("Send its rows anew.")),
    ProblemType(
        "creation.nothing_waits", 409, _("Nothing waits"), _("Read the batch: all its rows are done.")
    ),
    ProblemType(
        "creation.refused", 422, _("Nothing was created"), _("Correct the rejected rows, then it goes on.")
    ),
    *(_file_problem(code) for code in FILE_CODES),
)
