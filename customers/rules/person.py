"""Rules of persons: dates of birth and death."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers.rules.placeholders import PLACEHOLDER_BIRTH_DATES
from mdm.errors import Text
from mdm.quality.primitives import age_on
from mdm.quality.rules import FINE, Audience, Context, Dimension, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import Row

_FACET = ("person_profile",)
#: Completed years of life beyond which a birth date is doubted.
OLDEST = 130

_TOO_OLD: Text = _("By the birth date the person is over 130 years old.")


def _birth(row: Row, context: Context) -> Sequence[Flaw]:
    born = row.get("birth_date")
    if not born or born in PLACEHOLDER_BIRTH_DATES:
        return FINE
    if born > context.business_date:
        return (Flaw("birth_date"),)
    until = row.get("deceased_on") or context.business_date
    return (Flaw("birth_date", _TOO_OLD),) if age_on(born, until) > OLDEST else FINE


def _placeholder(row: Row, _context: Context) -> Sequence[Flaw]:
    return (Flaw("birth_date"),) if row.get("birth_date") in PLACEHOLDER_BIRTH_DATES else FINE


def _death(row: Row, context: Context) -> Sequence[Flaw]:
    died, born = row.get("deceased_on"), row.get("birth_date")
    wrong = died and (died > context.business_date or (born and died < born))
    return (Flaw("deceased_on"),) if wrong else FINE


RULES = (
    RowRule(
        "V30",
        Dimension.VALIDITY,
        Severity.WARN,
        _FACET,
        _("The birth date is in the future."),
        _birth,
        audience=Audience.PERSONS,
    ),
    RowRule(
        "V31",
        Dimension.CONSISTENCY,
        Severity.WARN,
        _FACET,
        _("The date of death is before the birth date or in the future."),
        _death,
        audience=Audience.PERSONS,
    ),
    RowRule(
        "A01.birth",
        Dimension.ACCURACY,
        Severity.WARN,
        _FACET,
        _("The birth date is a placeholder."),
        _placeholder,
        audience=Audience.PERSONS,
    ),
)


def register(rules: RuleBook) -> None:
    """Enter the rules of persons."""
    rules.register(*RULES)
