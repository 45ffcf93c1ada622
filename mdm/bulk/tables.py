"""A facet's table as the bulk paths see it: columns, types, defaults, all read off the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from psycopg import sql
from psycopg.types.json import Jsonb

from mdm.extension.attributes import fields_of
from mdm.extension.values import COLUMN, has_attributes, packed
from mdm.history.models import TECHNICAL, SubjectModel
from mdm.subjects import Facet
from security.crypto.fields import SealedField

AnyField = Field[Any, Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Table:
    """Name, columns and PostgreSQL types of a table, in one order."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    def identifiers(self) -> sql.Composed:
        """The column list, quoted."""
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


@cache
def table_of(model: type[Model], leave_out: frozenset[str] = frozenset()) -> Table:
    """The table of a model, without the columns in `leave_out`."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in leave_out]
    return Table(
        model._meta.db_table,
        tuple(str(field.column) for field in fields),
        tuple(column_type(field) for field in fields),
    )


def column_type(field: AnyField) -> str:
    """The PostgreSQL type of a column: its own, without length."""
    kind = str(field.db_type(connection)).split(" ")[0]
    base, array = kind.removesuffix("[]").split("(")[0], kind.endswith("[]")
    if array:  # whose elements must be of the very type, where a text is taken for a varchar
        return f"{base}[]"
    return {"varchar": "text", "timestamp": "timestamptz"}.get(base, base)


@cache
def history_table(model: type[SubjectModel]) -> Table:
    """The history table of a facet, its own key left to the database."""
    return table_of(model.history.model, frozenset({"history_id"}))


@cache
def built_in_fields(model: type[SubjectModel]) -> tuple[AnyField, ...]:
    """The own fields that the model itself declares."""
    derived = model.DERIVED | TECHNICAL | {"golden", "status", COLUMN}
    return tuple(field for field in model._meta.concrete_fields if field.name not in derived)


def own_fields(model: type[SubjectModel], *, ended: bool = False) -> tuple[AnyField, ...]:
    """The fields that say something about the customer: a source may tell them, a person may change them.

    Attributes that the bank added come behind the model's own; `ended` ones as well where the past is told.
    """
    return built_in_fields(model) + fields_of(model, ended=ended)


def field_of(facet: Facet, name: str) -> AnyField:
    """The own field of a facet called `name`; KeyError where there is none."""
    return {field.attname: field for field in own_fields(facet.model)}[name]


@cache
def sealed_fields(model: type[SubjectModel]) -> tuple[SealedField, ...]:
    """The fields that are stored encrypted."""
    return tuple(field for field in model._meta.concrete_fields if isinstance(field, SealedField))


def blank_of(field: AnyField) -> Any:
    """What a column holds where nothing was told."""
    if field.has_default():
        return adapted(field.get_default())
    return None if field.null else ""


def adapted(value: Any) -> Any:
    """A Python value as psycopg takes it: dictionaries are jsonb."""
    return Jsonb(value) if isinstance(value, dict) else value


def facet_columns(
    facet: Facet,
    rows: Sequence[dict[str, Any]],
    everywhere: Mapping[str, Any] = NOTHING,
    beside: Mapping[str, Sequence[Any]] = NOTHING,
) -> list[Sequence[Any]]:
    """The columns of a facet's table for `rows` (attname -> value), sealed columns encrypted.

    A row holds what it tells, and `id` unless it is `beside`, where whole columns are given, none of them sealed;
    `everywhere` is the same for all rows. Sealed values are clear text or None. What no row tells is not looked for
    in each of them: most columns of most rows are blank.
    """
    ids, told = beside.get("id") or [row["id"] for row in rows], set().union(*rows)
    if has_attributes(told):
        told.add(COLUMN)
    fixed = {name: [value] * len(rows) for name, value in everywhere.items()} | dict(beside)
    return [
        fixed[field.attname]
        if field.attname in fixed
        else _column(field, ids, rows)
        if field.attname in told
        else [None if isinstance(field, SealedField) else blank_of(field)] * len(rows)
        for field in facet.model._meta.concrete_fields
    ]


def _column(field: AnyField, ids: Sequence[int], rows: Sequence[dict[str, Any]]) -> list[Any]:
    name, blank = field.attname, blank_of(field)
    if name == COLUMN and isinstance(field, SealedField):
        return field.seal_column(ids, [packed(row) for row in rows])
    values = [blank if (value := row.get(name)) is None else value for row in rows]
    if isinstance(field, SealedField):
        return field.seal_column(ids, [value or None for value in values])
    return values
