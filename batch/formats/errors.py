"""What can be wrong with a file: stable codes, their texts, and the place each error names.

A code beginning with `file.` refuses the whole file; `row.` refuses one row;
`value.` is a value that cannot be written, or not be read as what its column holds. Texts never repeat
a value of the file.
"""

from collections.abc import Sequence
from typing import cast

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Invalid

#: Every code with its text; the names in braces are filled where the error is raised.
TEXTS: dict[str, Promise] = {
    "file.missing": _("There is no such file."),
    "file.unreadable": _("The file cannot be read."),
    "file.packed": _("The file is packed or no text ({kind}); send the text file itself."),
    "file.empty": _("The file is empty."),
    "file.no_rows": _("The file holds no rows; only a delta whose control file says so may be empty."),
    "file.encoding": _("Byte {byte} is not {encoding}, which the layout declares."),
    "file.encoding_utf8": _("The file is UTF-8; the layout declares {encoding}."),
    "file.truncated": _("The last line has no line end: the file was cut off."),
    "file.separator": _("The first line does not hold the separator of the layout."),
    "file.line_end": _("Lines end with CR alone; LF or CR LF is needed."),
    "file.header": _("The first line does not name the columns of the layout."),
    "file.header_duplicate": _("The column is named twice in the header."),
    "file.header_missing": _("The header lacks the column."),
    "file.header_unknown": _("The layout does not know the column."),
    "file.control_missing": _("The layout demands a control file of the same name ending in .ctl."),
    "file.control_encoding": _("The control file is not UTF-8 text."),
    "file.control_syntax": _("A line of the control file is not key=value with a known key given once."),
    "file.control_value": _("The value in the control file is missing or malformed."),
    "file.control_file": _("The control file names another data file."),
    "file.control_rows": _("The control file promises {expected} rows, the file holds {found}."),
    "file.control_bytes": _("The control file promises {expected} bytes, the file holds {found}."),
    "file.control_digest": _("The SM3 digest of the file is not the one in the control file."),
    "file.control_business_date": _("The business date in the control file is not the one of the run."),
    "file.encoding_unknown": _("The text is neither UTF-8 nor GB18030."),
    "file.no_rows_sent": _("There are no rows below the headings."),
    "file.too_many_rows": _("These are more than {most} rows. Send them in parts, or load them as a file."),
    "file.future": _("The business date lies more than {days} days ahead."),
    "file.control_mode": _("The control file tells another mode, full or delta, than the run."),
    "file.replayed": _("This file was loaded for this business date already."),
    "file.delta_only": _("A file of this layout tells changes; it is never full."),
    "row.operation": _("The layout does not know this operation."),
    "row.whose": _("A customer is named by its key in the source or by its customer number: by one of them."),
    "row.together": _("Another row of the same batch cannot be read."),
    "row.apart": _("Rows of one batch stand together, with one handler and one day: these do not."),
    "row.columns": _("The row has {found} columns instead of {expected}."),
    "row.nul": _("The row holds a NUL character."),
    "row.control": _("The row holds a control character."),
    "row.quote": _("A quote is not closed, or stands inside an unquoted value."),
    "row.too_long": _("The line is longer than {limit} characters."),
    "row.field_too_long": _("The value is longer than {limit} characters."),
    "row.required": _("The value is required."),
    "row.key_too_long": _("The key is longer than {limit} characters."),
    "row.stale": _("A file of a later business date has told of this customer already."),
    "row.party_type": _("The party type is unknown, so the row cannot be read."),
    "value.separator": _("The value holds the separator."),
    "value.control": _("The value holds a line end or a control character."),
    "value.null": _("The value is spelt like an absent one."),
    "value.encoding": _("The value cannot be written in the encoding of the layout."),
    "value.too_long": _("The value is longer than the layout allows."),
    "value.formula": _("The cell holds a formula; formulas are not calculated. Paste its value instead."),
    "value.faulty": _("The cell holds an error of the spreadsheet."),
    "value.rounded": _(
        "The number has more than 15 digits, so the spreadsheet rounded it. Format the cell as text."
    ),
    "value.date": _("The value is not a date."),
    "value.int": _("The value is not a whole number of at most nine digits."),
    "value.decimal": _("The value is not an amount of at most sixteen digits and two decimals."),
    "value.bool": _("The value is neither yes nor no."),
    "value.code": _("The value is not a code of the list."),
    "value.not_applicable": _("The column says nothing about this kind of customer; the value is left out."),
    "value.incomplete": _("The value is missing, and the others say nothing without it; they are left out."),
    "value.columns": _("The row has {found} values instead of {expected}."),
}


def text(code: str, **parameters: object) -> Promise:
    """The text of `code` in the reader's language, with `parameters` filled in."""
    return format_lazy(cast(str, TEXTS[code]), **parameters) if parameters else TEXTS[code]


def place(line: int = 0, field: str = "") -> str:
    """The JSON pointer of a place in a file: `/line/17/field/name`, `/line/17` or `/file`."""
    if not line:
        return "/file"
    escaped = field.replace("~", "~0").replace("/", "~1")  # RFC 6901, section 4
    return f"/line/{line}/field/{escaped}" if field else f"/line/{line}"


def error(code: str, pointer: str, **parameters: object) -> FieldError:
    """One error at one place of a file."""
    return FieldError(pointer, code, text(code, **parameters))


def refuse(errors: Sequence[FieldError]) -> Invalid:
    """The refusal of a whole file or value for `errors`; its code is the first error's."""
    return Invalid(errors[0].code, errors[0].detail, errors)
