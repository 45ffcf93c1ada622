"""The finding that a source's new word was put over what staff had made of its old one."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from mdm.quality.rules import FINE, Context, Dimension, Finding, Flaw, RowRule, Severity
from mdm.subjects import Place, Row


def _found_elsewhere(_row: Row, _context: Context) -> Sequence[Flaw]:
    """Nothing: it shows only where a delivery is compared with what is stored (`mdm.bulk.changing`)."""
    return FINE


RULE = RowRule(
    "T05",
    Dimension.TIMELINESS,
    Severity.WARN,
    (),
    _("The source changed what staff had changed"),
    _found_elsewhere,
)


def overruled(place: Place) -> Finding:
    """The finding on one field of one row."""
    told = (RULE.code, RULE.version, RULE.severity, RULE.dimension)
    return Finding(*told, place.facet, place.slot, 0, place.field, RULE.message)
