"""What a relation is from the other end, and the rules of relations (domain 1.2, subject 5)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from customers.rules.document import years_after
from customers.rules.number import customer_id
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import Text
from mdm.quality.rules import FINE, Audience, Context, Dimension, Flaw, RowRule, RuleBook, Severity
from mdm.subjects import Row

_FACET = "relationship"
_SHARES = ("ownership_pct", "voting_pct", "income_pct")
_PARTS = (*_SHARES, "trade_pct")
_WHOLE = Decimal(100)
#: Kinds that are the same from both ends.
SYMMETRIC = frozenset({"SPOUSE", "SAME_OWNER"})
#: Kind -> the kind that this customer is to the other, where the list has a word for it.
_PAIRS = {
    "PARENT": "CHILD",
    "GUARDIAN": "WARD",
    "EMPLOYER": "EMPLOYEE",
    "GROUP_PARENT": "GROUP_MEMBER",
    "SUPPLIER": "BUYER",
}
INVERSE = {**_PAIRS, **{other: kind for kind, other in _PAIRS.items()}, **{kind: kind for kind in SYMMETRIC}}
#: Who stands for a minor, and years from which nobody has to.
_GUARDING = frozenset({"PARENT", "GUARDIAN"})
_OF_AGE = 18
#: Kinds that say who owns a share.
OWNING = frozenset({"SHAREHOLDER"})


def in_force(relation: Row, day: date) -> bool:
    """Whether a relation holds on a day: on the day it ends it does no more."""
    return not (relation.get("ended_on") and relation["ended_on"] <= day)


def guardian_missing(party_type: str, profile: Row, relations: Sequence[Row], day: date) -> bool:
    """Whether a person under 18 (民法典, article 17) names neither parent nor guardian on a day."""
    born = profile.get("birth_date")
    if party_type not in PERSON_TYPES or born is None or years_after(born, _OF_AGE) <= day:
        return False
    return not any(row.get("kind") in _GUARDING and in_force(row, day) for row in relations)


def _known(row: Row, _context: Context) -> Sequence[Flaw]:
    number = row.get("other_no")
    return (Flaw("other_no"),) if number and customer_id(number) is None else FINE


def _somebody(row: Row, _context: Context) -> Sequence[Flaw]:
    return FINE if row.get("other_no") or row.get("other_name") else (Flaw("other_no"),)


def _within(row: Row, _context: Context) -> Sequence[Flaw]:
    return [
        Flaw(name)
        for name in _PARTS
        if (share := row.get(name)) is not None and not 0 <= Decimal(share) <= _WHOLE
    ]


def _ended(row: Row, _context: Context) -> Sequence[Flaw]:
    begun, ended = row.get("begun_on"), row.get("ended_on")
    return (Flaw("ended_on"),) if begun and ended and ended < begun else FINE


def _all_shares(_row: Row, context: Context) -> Sequence[Flaw]:
    """The direct shares of one customer in force are at most the whole of it."""
    return [flaw for name in _SHARES for flaw in _sum(context, name)]


def _sum(context: Context, name: str) -> Sequence[Flaw]:
    shares = [
        (index, Decimal(row[name]))
        for index, row in enumerate(context.bundle.rows(_FACET))
        if row.get("kind") in OWNING and row.get(name) is not None and _direct(row, context)
    ]
    if sum(share for _index, share in shares) <= _WHOLE:
        return FINE
    return (Flaw(name, facet=_FACET, row=shares[-1][0]),)


def _direct(row: Row, context: Context) -> bool:
    return row.get("ownership_kind") != "INDIRECT" and in_force(row, context.business_date)


def _legal_rep(row: Row, _context: Context) -> Sequence[Flaw]:
    return (Flaw("other_is_person"),) if row.get("other_is_person") is False else FINE


def _agent(row: Row, _context: Context) -> Sequence[Flaw]:
    """Somebody who is no customer of ours acts with a document."""
    known = row.get("other_no") or row.get("other_document_number")
    return FINE if known else (Flaw("other_document_number"),)


def _one_spouse(_row: Row, context: Context) -> Sequence[Flaw]:
    spouses = [
        index
        for index, row in enumerate(context.bundle.rows(_FACET))
        if row.get("kind") == "SPOUSE" and not row.get("ended_on")
    ]
    return [Flaw("kind", facet=_FACET, row=index) for index in spouses[1:]]


_OVER: Text = _("Direct shares add up to more than 100 %.")
RULES = (
    RowRule(
        "V45",
        Dimension.VALIDITY,
        Severity.WARN,
        (_FACET,),
        _("This is no customer number of ours."),
        _known,
    ),
    RowRule(
        "C20",
        Dimension.COMPLETENESS,
        Severity.WARN,
        (_FACET,),
        _("Neither number nor name of the other is told."),
        _somebody,
    ),
    RowRule(
        "V46", Dimension.VALIDITY, Severity.WARN, (_FACET,), _("A share lies between 0 and 100."), _within
    ),
    RowRule(
        "V40.relationship",
        Dimension.VALIDITY,
        Severity.WARN,
        (_FACET,),
        _("The relation ends before it begins."),
        _ended,
    ),
    RowRule(
        "K02",
        Dimension.CONSISTENCY,
        Severity.WARN,
        (),
        _OVER,
        _all_shares,
        audience=Audience.ORGANISATIONS,
    ),
    RowRule(
        "K01",
        Dimension.CONSISTENCY,
        Severity.WARN,
        (_FACET,),
        _("A legal representative is a natural person."),
        _legal_rep,
        kinds=frozenset({"LEGAL_REP"}),
    ),
    RowRule(
        "C04",
        Dimension.COMPLETENESS,
        Severity.WARN,
        (_FACET,),
        _("The document of an authorised agent is not told."),
        _agent,
        kinds=frozenset({"AGENT"}),
    ),
    RowRule(
        "K03",
        Dimension.CONSISTENCY,
        Severity.WARN,
        (),
        _("More than one spouse at a time."),
        _one_spouse,
        audience=Audience.PERSONS,
    ),
)


def register(rules: RuleBook) -> None:
    """Enter the rules of relations."""
    rules.register(*RULES)
