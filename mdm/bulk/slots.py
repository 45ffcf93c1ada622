"""Rows of many tables by one statement: each branch of a union fills as many typed slots as it has columns.

JSON would carry rows of different tables as well, but writes binary columns in hexadecimal and forgets types,
so that both sides spend more on it than on finding the rows.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from django.db import models
from psycopg import sql

from mdm.bulk.tables import AnyField, column_type
from mdm.subjects import Row
from security.access.prepared import Rows


@dataclass(frozen=True)
class Branch:
    """Some rows: `name` says what they are, `source` is the table or sub-select they come from, called `t`, `tail` all
    of the statement behind that."""

    name: str
    source: sql.Composable
    fields: tuple[AnyField, ...]
    tail: sql.Composable


class Union:
    """Branches as one statement, and its rows taken apart again.

    Only the first branch says of which type a slot is that it leaves empty: PostgreSQL gives the others the same.
    """

    def __init__(self, branches: Sequence[Branch]) -> None:
        self.branches = tuple(branches)
        self._slots = _slots(self.branches)
        self._takers = [_Taker(branch, self._places(branch)) for branch in self.branches]

    @cached_property
    def statement(self) -> str:
        """The statement; its first column is the number of the branch."""
        parts = [self._branch(at, branch) for at, branch in enumerate(self.branches)]
        return sql.SQL(" UNION ALL ").join(parts).as_string()

    def apart(self, rows: Rows) -> dict[str, list[Row]]:
        """Rows (attname -> value; sealed columns as stored) by branch name, in the order they came."""
        found: dict[str, list[Row]] = {branch.name: [] for branch in self.branches}
        for row in rows:
            taker = self._takers[row[0]]
            found[taker.name].append(taker.take(row))
        return found

    def _places(self, branch: Branch) -> list[int]:
        """The column of the statement in which each field of a branch comes."""
        free = {kind: list(range(len(self._slots), 0, -1)) for kind in set(self._slots)}
        for kind, places in free.items():
            places[:] = [place for place in places if self._slots[place - 1] == kind]
        return [free[column_type(field)].pop() for field in branch.fields]

    def _branch(self, number: int, branch: Branch) -> sql.Composed:
        filled = dict(zip(self._places(branch), branch.fields, strict=True))
        columns: list[sql.Composable] = [sql.SQL("{}::int4").format(sql.Literal(number))]
        for place, kind in enumerate(self._slots, start=1):
            field = filled.get(place)
            if field is None and number:
                columns.append(sql.SQL("NULL"))
                continue
            value = sql.SQL("NULL") if field is None else sql.Identifier("t", str(field.column))
            columns.append(sql.SQL("{}::{}").format(value, sql.SQL(kind)))
        select = sql.SQL("SELECT {} FROM {} t {}")
        return sql.SQL("({})").format(select.format(sql.SQL(", ").join(columns), branch.source, branch.tail))


def table(model: type[models.Model]) -> sql.Identifier:
    """The table of a model, as the source of a branch."""
    return sql.Identifier(model._meta.db_table)


def _slots(branches: Sequence[Branch]) -> list[str]:
    """As many slots of each type as the branch with most columns of it has."""
    most: Counter[str] = Counter()
    for branch in branches:
        most |= Counter(map(column_type, branch.fields))
    return sorted(most.elements())


class _Taker:
    """Takes the columns of one branch out of a row."""

    def __init__(self, branch: Branch, places: list[int]) -> None:
        self.name = branch.name
        self._names = [field.attname for field in branch.fields]
        self._values = itemgetter(*places)
        self._documents = [f.attname for f in branch.fields if isinstance(f, models.JSONField)]

    def take(self, row: tuple[Any, ...]) -> Row:
        taken: Row = dict(zip(self._names, self._values(row), strict=True))
        for name in self._documents:
            taken[name] = _document(taken[name])
        return taken


def _document(text: Any) -> Any:
    """A jsonb column, which Django asks psycopg to leave as text."""
    return json.loads(text) if isinstance(text, str | bytes) else text
