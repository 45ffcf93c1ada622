"""Queries that every request asks: their SQL is built once, for building it takes longer than running it.

    _BY_NAME = Compiled(lambda name: User.objects.select_related("org").filter(username=name), name="\\0name")
    found = _BY_NAME(name="lixia")

What Django makes of the rows (converters, related objects) is Django's own work here too.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from security.access.prepared import Rows, fetch

M = TypeVar("M", bound=Model)


class _Made(Generic[M]):
    """One statement with the places of what is told at each call."""

    def __init__(self, queryset: QuerySet[M], marks: Mapping[str, Any]) -> None:
        self.compiler: SQLCompiler = queryset.query.get_compiler(connection=connection)
        self.sql, params = self.compiler.as_sql()
        names = {mark: name for name, mark in marks.items()}
        self.params = [(names.get(param), param) for param in params]
        if {name for name, _ in self.params if name} != set(marks):
            raise ValueError("a value does not stand in the statement as it was told")
        self.converters = self.compiler.get_converters([column[0] for column in self.compiler.select])
        told: Any = self.compiler.klass_info
        self.model: type[M] = told["model"]
        columns = told["select_fields"]
        self.own = slice(columns[0], columns[-1] + 1)
        self.names = [column[0].target.attname for column in self.compiler.select[self.own]]
        self.related = get_related_populators(  # type: ignore[call-arg]  # the stubs are of a later Django
            told, self.compiler.select, connection.alias
        )

    def objects(self, rows: Rows) -> list[M]:
        found = []
        for row in self.compiler.apply_converters(rows, self.converters):
            one = self.model.from_db(connection.alias, self.names, row[self.own])
            for populator in self.related:
                populator.populate(row, one)
            found.append(one)
        return found


class Compiled(Generic[M]):
    """A queryset of whole objects, with their related ones, that differs from call to call in some values only.

    Args:
        build: the queryset for values; asked once, with the marks.
        marks: for each value a stand-in of its type that no other value of the statement equals.

    Raises ValueError at the first call where the queryset turns a mark into something else.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], **marks: Any) -> None:
        self._build, self._marks = build, marks

    @cached_property
    def _made(self) -> _Made[M]:
        return _Made(self._build(**self._marks), self._marks)

    def __call__(self, **values: Any) -> list[M]:
        """The objects. KeyError for a value that is not told."""
        made = self._made
        return made.objects(fetch(made.sql, [values[name] if name else told for name, told in made.params]))
