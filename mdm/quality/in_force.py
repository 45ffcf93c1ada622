"""Codes that are in their list but not in force on the business date."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from mdm import codes
from mdm.extension.attributes import Stamp, current
from mdm.quality.limits import KEPT, coded_fields
from mdm.quality.rules import Context, Dimension, Flaw, RowRule, Severity
from mdm.subjects import Row, registry

_Dated = dict[str, tuple[tuple[str, codes.CodeList], ...]]


class _Last:
    """The coded fields whose lists have codes with dates, by the dictionary that this process was asked with."""

    stamp: Stamp | None = None
    fields: _Dated = {}


def _dated() -> _Dated:
    if _Last.stamp != current().stamp:
        found = {
            facet.name: tuple(
                (entry.field, codes.get(entry.list_name))
                for entry in coded_fields(facet.name)
                if entry.list_name not in KEPT and codes.get(entry.list_name).dated
            )
            for facet in registry.facets()
        }
        _Last.fields = {name: fields for name, fields in found.items() if fields}
        _Last.stamp = current().stamp
    return _Last.fields


def _out_of_force(_row: Row, context: Context) -> Sequence[Flaw]:
    facets = context.bundle.facets
    return [
        Flaw(field, facet=facet, row=index)
        for facet, fields in _dated().items()
        for index, row in enumerate(facets.get(facet, ()))
        for field, known in fields
        if _is_out(known, row.get(field), context.business_date)
    ]


def _is_out(known: codes.CodeList, code: object, day: date) -> bool:
    return isinstance(code, str) and code in known and not known.valid(code, day)


RULE = RowRule(
    "V47",
    Dimension.VALIDITY,
    Severity.WARN,
    (),
    _("The code is not in force on this day."),
    _out_of_force,
)
