"""Where values of attributes are kept: sealed, in one column of the row; in rows read they stand beside the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from mdm.extension.attributes import PREFIX, fields_of, held

Row = dict[str, Any]
#: The column that keeps them.
COLUMN = "extension"


def packed(row: Mapping[str, Any]) -> Row | None:
    """What the column keeps of a row's values; None where it has none."""
    kept = {name: told for name, value in row.items() if name.startswith(PREFIX) and (told := held(value))}
    return kept or None


def has_attributes(names: Iterable[str]) -> bool:
    """Whether one of the names is that of an attribute."""
    return any(name.startswith(PREFIX) for name in names)


def spread(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Put the kept values of rows, opened already, beside their columns, in place."""
    known = {made.attname: made for made in fields_of(model, ended=True)}
    blank: Row = {name: None if made.null else made.get_default() for name, made in known.items()}
    for row in rows:
        kept = row.pop(COLUMN, None)
        if kept:
            row.update(read(model, kept))
        for name, nothing in blank.items():
            row.setdefault(name, nothing)


def read(model: type[models.Model], kept: Mapping[str, Any]) -> Row:
    """Values out of the column, of the kinds that their definitions say."""
    told = {made.attname: made.attribute for made in fields_of(model, ended=True)}  # type: ignore[attr-defined]
    return {name: told[name].read(value) if name in told else value for name, value in kept.items()}


def values_of(model: type[models.Model], row: Any, fields: Iterable[models.Field[Any, Any]]) -> Row:
    """Fields of a stored row, or of a row of its history, in clear: for computing on the server, never for showing."""
    kept = read(model, row.extension.open()) if row.extension else {}
    found: Row = {}
    for one in fields:
        name = one.attname
        if name.startswith(PREFIX):
            found[name] = kept.get(name, None if one.null else one.get_default())
        else:
            value = getattr(row, name)
            found[name] = value.open() if hasattr(value, "open") else value
    return found


def assign(row: Any, values: Mapping[str, Any]) -> None:
    """Set fields of a stored row; attributes that are not named keep their values."""
    own = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
    for name, value in own.items():
        setattr(row, name, value)
    if len(own) < len(values):
        kept = row.extension.open() if row.extension else {}
        row.extension = packed({**kept, **values})
