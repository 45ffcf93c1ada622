"""One row of a facet file: whose it is, which row it names, what is to be done, with which values.

A row is entered by itself and its sender is told what became of it; so what cannot be read refuses it, as it does a
row that is typed in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from batch.formats.errors import error, refuse
from batch.formats.lines import Record, RowError
from batch.layouts.compile import KEY_LENGTH
from batch.layouts.convert import to_bool, to_int
from batch.layouts.facet import BESIDE, CHANGE, HEAD, SUCCESSIONS, FacetLayout
from batch.layouts.layout import Column
from mdm.codes import get as code_list
from mdm.errors import FieldError, Invalid, ServiceError
from mdm.quality.primitives import parse_amount, parse_date
from mdm.rest.facets import REASON, changed_row_fields, part_fields
from mdm.rest.problems import field_errors
from mdm.subjects import APART, Facet, Row

#: As long as the database keeps a source system, and a slot behind the sign of a row told by itself.
_LIMITS = {"source_system": 32, "source_key": KEY_LENGTH, "slot": 40 - len(APART)}
_NO_VALUES = frozenset(column.name for column in HEAD) | {"slot"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one row says. `values` are JSON-ready and by column, None where the row leaves a column empty."""

    line: int
    raw_line: str = field(repr=False)
    operation: str
    system: str
    key: str
    number: str
    slot: str
    values: dict[str, Any] = field(repr=False)


def read(layout: FacetLayout, record: Record) -> Told:
    """One row; Invalid with every place that cannot be read."""
    cells = dict(zip(layout.names, record.values, strict=True))
    head = {name: cells.get(name) or "" for name in ("operation", "source_system", "source_key", "slot")}
    number = (cells.get("customer_no") or "").upper()
    values, problems = _values(layout, cells, head["source_system"])
    problems = [*_head_errors(layout, head, number), *problems]
    if problems:
        raise refuse(problems)
    key, slot = head["source_key"], head["slot"]
    return Told(
        record.line, record.raw_line, head["operation"], head["source_system"], key, number, slot, values
    )


def _head_errors(layout: FacetLayout, head: dict[str, str], number: str) -> Iterator[FieldError]:
    if head["operation"] not in layout.operations:
        yield error("row.operation", "/operation")
    if not head["source_system"]:
        yield error("row.required", "/source_system")
    if bool(head["source_key"]) == bool(number):
        yield error("row.whose", "/source_key")
    for name, limit in _LIMITS.items():
        if len(head[name]) > limit:
            yield error("row.field_too_long", f"/{name}", limit=limit)


def _values(
    layout: FacetLayout, cells: dict[str, str | None], source: str
) -> tuple[dict[str, Any], list[FieldError]]:
    values: dict[str, Any] = {}
    problems: list[FieldError] = []
    for column in layout.columns:
        text = cells[column.name]
        if column.name in _NO_VALUES or column.name in layout.passed:
            continue
        values[column.name] = value = None if text is None else _value(column, text, source)
        if value is None and text is not None:
            problems.append(error(f"value.{column.kind}", f"/{column.name}"))
    return values, problems


def _value(column: Column, text: str, source: str) -> Any:
    """The value as JSON has it; None where the text is none of its kind."""
    match column.kind:
        case "date":
            return (day := parse_date(text)) and day.isoformat()
        case "int":
            return to_int(text)
        case "bool":
            return to_bool(text)
        case "decimal":
            return None if (amount := parse_amount(text)) is None else str(amount)
        case "code":
            return code_list(column.codes).resolve(text, source)
        case _:
            return text


def checked(facet: Facet, told: Told) -> Row:
    """The values as the facet's own fields take them, just as over REST; Invalid with every place."""
    values = {name: value for name, value in told.values.items() if name not in BESIDE}
    known = {name: value for name, value in values.items() if value is not None}
    if told.operation == CHANGE:
        reader = changed_row_fields(facet)(data={**values, REASON: CHANGE})
    elif told.operation in SUCCESSIONS:  # what is not told is as on the old document
        reader = changed_row_fields(facet)(data={**known, REASON: CHANGE})
    else:
        reader = part_fields(facet)(data=known)
    if not reader.is_valid():
        problems = list(field_errors(reader.errors))
        raise Invalid(problems[0].code, problems[0].detail, problems)
    return {name: value for name, value in reader.validated_data.items() if name != REASON}


def slot_of(facet: Facet, told: Told) -> str:
    """Which row of the source record it is: as told, else its kind; nothing where there is one only."""
    kind = told.values.get(facet.kind_field) if facet.kind_field else None
    return told.slot or str(kind or "") if facet.multiple else ""


def refusals(layout: FacetLayout, rows: Iterable[tuple[int, str]], refusal: ServiceError) -> list[RowError]:
    """The refusal of one row, or of several that are one thing, place by place.

    The line of a customer who was erased is not kept: it would bring back what was erased.
    """
    errors = refusal.errors or [FieldError("", refusal.code, refusal.message)]
    gone = refusal.code == "customer.erased"
    return [
        RowError(line, "" if gone else raw, _field(layout, one.pointer), one.code, one.detail)
        for line, raw in rows
        for one in errors
    ]


def _field(layout: FacetLayout, pointer: str) -> str:
    name = pointer.rpartition("/")[2]
    return name if name in layout.names else ""
