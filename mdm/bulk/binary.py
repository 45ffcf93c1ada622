"""Columns of Python values as PostgreSQL's binary COPY format, column by column.

A column of one value (the stamp of a load, blanks) is encoded once; types without an encoder of their own go
through psycopg's. Format: "COPY", section "Binary Format", and the types' send functions of PostgreSQL.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain, repeat
from struct import Struct
from typing import Any

from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.types.json import Jsonb

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_SIZE = Struct(">i").pack
_FIELDS = Struct(">h").pack
_INT2, _INT4, _INT8 = Struct(">ih").pack, Struct(">ii").pack, Struct(">iq").pack
_DAY_ZERO = date(2000, 1, 1).toordinal()
_MOMENT_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUE, _FALSE = b"\0\0\0\x01\x01", b"\0\0\0\x01\0"
#: Object ids of array elements, fixed in PostgreSQL's catalogue (pg_type.dat).
_OIDS = {"bigint": 20, "integer": 23, "text": 25, "varchar": 1043}

Encoder = Callable[[Any], bytes]


def _bytes(value: Any) -> bytes:
    data = bytes(value)
    return _SIZE(len(data)) + data


def _text(value: str) -> bytes:
    data = value.encode()
    return _SIZE(len(data)) + data


def _jsonb(value: Any) -> bytes:
    told = value.obj if isinstance(value, Jsonb) else value
    data = json.dumps(told).encode()
    return _SIZE(len(data) + 1) + b"\x01" + data


def _moment(value: datetime) -> bytes:
    return _INT8(8, (value - _MOMENT_ZERO) // _MICROSECOND)


def _array(kind: str, encode: Encoder) -> Encoder:
    head = Struct(">iiiii").pack
    oid = _OIDS[kind]
    empty = _SIZE(12) + Struct(">iii").pack(0, 0, oid)

    def encoded(values: Sequence[Any]) -> bytes:
        if not values:
            return empty
        data = b"".join(map(encode, values))
        return _SIZE(len(data) + 20) + head(1, 0, oid, len(values), 1) + data

    return encoded


_PLAIN: dict[str, Encoder] = {
    "bigint": lambda value: _INT8(8, value),
    "integer": lambda value: _INT4(4, value),
    "smallint": lambda value: _INT2(2, value),
    "text": _text,
    "varchar": _text,
    "boolean": lambda value: _TRUE if value else _FALSE,
    "date": lambda value: _INT4(4, value.toordinal() - _DAY_ZERO),
    "timestamptz": _moment,
    "bytea": _bytes,
    "jsonb": _jsonb,
}
_ENCODERS = {**_PLAIN, **{f"{kind}[]": _array(kind, _PLAIN[kind]) for kind in _OIDS}}
#: Types whose columns often repeat some values: each of these is encoded once.
_REPEATING = frozenset({"text", "varchar", "date", "bigint"})
#: So many values tell whether a column repeats its values.
_SAMPLE = 200
#: Spellings of the same types.
_SAME = {"int8": "bigint", "int4": "integer", "int2": "smallint", "bool": "boolean"}


def rows(types: Sequence[str], columns: Sequence[Sequence[Any]], transformer: Transformer) -> bytes:
    """The rows of `columns` (one sequence for each type, of one length, at least one row)."""
    encoded = [_column(kind, column, transformer) for kind, column in zip(types, columns, strict=True)]
    pieces = _pieces([_FIELDS(len(types)), *encoded])
    whole = [repeat(piece, len(columns[0])) if isinstance(piece, bytes) else piece for piece in pieces]
    return b"".join(chain.from_iterable(zip(*whole, strict=True)))


def _pieces(encoded: Sequence[bytes | list[bytes]]) -> list[bytes | list[bytes]]:
    """Columns of one value put together with those beside them: most columns of most tables are."""
    pieces: list[bytes | list[bytes]] = []
    for column in encoded:
        if isinstance(column, bytes) and pieces and isinstance(pieces[-1], bytes):
            pieces[-1] += column
        else:
            pieces.append(column)
    return pieces


def _column(kind: str, values: Sequence[Any], transformer: Transformer) -> bytes | list[bytes]:
    """A column encoded, once where it has one value."""
    encode = _ENCODERS.get(_SAME.get(kind, kind)) or _by_psycopg(transformer)
    first = values[0]
    if values[-1] == first and values.count(first) == len(values):
        return _NULL if first is None else encode(first)
    if kind in _REPEATING and len(set(values[:_SAMPLE])) * 2 < _SAMPLE:
        known = {value: _NULL if value is None else encode(value) for value in set(values)}
        return list(map(known.__getitem__, values))
    return [_NULL if value is None else encode(value) for value in values]


def _by_psycopg(transformer: Transformer) -> Encoder:
    """The encoder for types that have none here (numeric, double precision …)."""

    def encoded(value: Any) -> bytes:
        data = transformer.get_dumper(value, PyFormat.BINARY).dump(value)
        return _NULL if data is None else _bytes(data)

    return encoded
