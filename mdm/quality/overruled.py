"""Findings of comparing a delivery with what is stored: a source's new word was put over what staff had made of its
old one, or was not taken."""

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
#: The state on file stays: see `Facet.holding`.
HELD = RowRule(
    "K06",
    Dimension.CONSISTENCY,
    Severity.WARN,
    (),
    _("The source tells a state that does not follow from the one on file, which stays"),
    _found_elsewhere,
)


def overruled(place: Place) -> Finding:
    """The finding that the source changed what staff had changed."""
    return _finding(RULE, place)


def held_back(place: Place) -> Finding:
    """The finding that a state stays although the source tells another."""
    return _finding(HELD, place)


def _finding(rule: RowRule, place: Place) -> Finding:
    told = (rule.code, rule.version, rule.severity, rule.dimension)
    return Finding(*told, place.facet, place.slot, 0, place.field, rule.message)
