"""Rows of a batch as a client system sends them: JSON, a file of JSON lines, a table."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from batch.api.batch_fields import row_fields
from batch.layouts.customer_rows import Told, told_rows
from batch.services.batches import MOST
from customers.api.customers import source_of, told_bundle
from mdm.errors import FieldError, Invalid, NotAllowed
from mdm.rest.operations import Call
from mdm.rest.parsers import read_json
from mdm.rest.problems import field_errors
from mdm.rest.refusals import Refusal
from mdm.rest.uploads import UploadedFile

JSON, LINES, TABLE = "json", "ndjson", "table"
_ENDINGS = (".ndjson", ".jsonl")
_NO_OBJECT = FieldError("", "invalid", _("This is no JSON object."))


def rows_of(call: Call, sent: Iterable[Any]) -> list[Told]:
    """Rows of JSON, each read by itself."""
    return [_row(call, row) for row in sent]


def rows_of_file(call: Call, file: UploadedFile, source_system: str) -> tuple[str, list[Told]]:
    """What kind of file it is, and its rows. Invalid for one that is refused as a whole; NotAllowed."""
    source, data, name = source_of(call, source_system), file.read(), file.name or ""
    if name.lower().endswith(_ENDINGS) or data.lstrip()[:1] == b"{":
        return LINES, rows_of(call, map(_line, _lines(data)))
    return TABLE, told_rows(data, source, MOST, declared=file.content_type or "", file_name=name)


def _lines(data: bytes) -> list[bytes]:
    """The lines that hold anything; Invalid `creation.size` before any is read, where there are too many."""
    found = [line for line in data.splitlines() if line.strip()]
    if not 1 <= len(found) <= MOST:
        raise Invalid("creation.size", _("A batch has 1 to %d rows.") % MOST)
    return found


def _line(raw: bytes) -> Any:
    """What a line tells; nothing where it is no JSON."""
    try:
        return read_json(raw)
    except Refusal:
        return None


def _row(call: Call, sent: Any) -> Told:
    if not isinstance(sent, Mapping):
        return Told("", None, [_NO_OBJECT])
    number, key = sent.get("row"), sent.get("source_key")
    replaces = number if type(number) is int else None
    told = Told(key if isinstance(key, str) else "", None, [], replaces)
    reader: Any = row_fields()(data={name: value for name, value in sent.items() if name != "row"})
    if not reader.is_valid():
        told.errors.extend(field_errors(reader.errors))
        return told
    data = dict(reader.validated_data)
    try:
        bundle = told_bundle(data, source_of(call, data.get("source_system") or ""))
    except NotAllowed as refusal:
        told.errors.append(FieldError("/source_system", refusal.code, refusal.message))
        return told
    return Told(bundle.source_key, bundle, [], replaces)
