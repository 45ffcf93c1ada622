"""What a table cannot be without: a row that lacks it is refused before the database would refuse a whole chunk."""

from collections.abc import Sequence
from functools import cache

from django.utils.translation import gettext_lazy as _

from mdm.bulk.tables import own_fields
from mdm.quality.rules import Context, Dimension, Flaw, RowRule, Severity
from mdm.subjects import Row, registry


@cache
def required() -> dict[str, tuple[str, ...]]:
    """The fields of each facet that hold nothing in place of an absent value."""
    found = {}
    for facet in registry.facets():
        fields = [f for f in own_fields(facet.model) if not (f.null or f.has_default() or f.is_relation)]
        found[facet.name] = tuple(f.attname for f in fields if not f.empty_strings_allowed)
    return {name: fields for name, fields in found.items() if fields}


def _missing(_row: Row, context: Context) -> Sequence[Flaw]:
    return [
        Flaw(field, facet=facet, row=index)
        for facet, fields in required().items()
        for index, row in enumerate(context.bundle.facets.get(facet, ()))
        for field in fields
        if not row.get(field)
    ]


RULE = RowRule("S06", Dimension.COMPLETENESS, Severity.BLOCK, (), _("The value is required."), _missing)
